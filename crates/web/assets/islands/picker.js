// Narrows a long list while somebody types; without it the button beside the search does the same.
// @ts-check

// One character alone stands in nearly every name.
const FIND_LEAST = 2;

/**
 * @param {HTMLInputElement} find
 * @param {HTMLSelectElement} select
 * @param {HTMLElement | null} said
 */
function narrow(find, select, said) {
  const words = find.value.split(/\s+/).filter((word) => word !== '');
  const isNarrowed = words.join('').length >= FIND_LEAST;
  let all = 0;
  let fitting = 0;
  for (const option of select.options) {
    if (option.value === '') continue;
    const group = option.parentElement instanceof HTMLOptGroupElement ? option.parentElement.label : '';
    const fits = !isNarrowed || words.every((word) => option.text.includes(word) || group.includes(word));
    all += 1;
    fitting += fits ? 1 : 0;
    // What is chosen stays.
    option.hidden = !fits && !option.selected;
    option.disabled = option.hidden;
  }
  for (const group of select.querySelectorAll('optgroup')) {
    group.hidden = !group.querySelector('option:not([hidden])');
  }
  if (!said) return;
  if (words.length > 0 && !isNarrowed) said.textContent = `至少写${FIND_LEAST}个字才查找；共${all}项`;
  else if (!isNarrowed) said.textContent = `共${all}项`;
  else if (fitting === 0) said.textContent = `没有含“${find.value.trim()}”的事项；共${all}项`;
  else said.textContent = `含“${find.value.trim()}”的${fitting}项，共${all}项`;
}

for (const picker of document.querySelectorAll('[data-picker]')) {
  const find = picker.querySelector('input');
  const select = picker.querySelector('select');
  if (!find || !select) continue;
  const look = () => narrow(find, select, picker.querySelector('output'));
  find.addEventListener('input', look);
  find.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    look();
    select.focus();
  });
  const button = picker.querySelector('button');
  if (button) button.type = 'button';
  if (button) button.addEventListener('click', look);
}
