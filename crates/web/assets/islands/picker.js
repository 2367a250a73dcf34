// Narrows a long list while somebody types; without it the button beside the search does the same, or the whole list stands
// there.
// @ts-check

// One character alone stands in nearly every name.
const FIND_LEAST = 2;

/**
 * One of a list: what it is found by, whether it is chosen, and how it is hidden.
 * @typedef {{ text: string, isChosen: () => boolean, hide: (isHidden: boolean) => void }} Entry
 */

/**
 * @param {HTMLSelectElement} select
 * @returns {Entry[]}
 */
function ofSelect(select) {
  const options = [...select.options].filter((option) => option.value !== '');
  return options.map((option) => {
    const group = option.parentElement instanceof HTMLOptGroupElement ? option.parentElement.label : '';
    return {
      text: `${option.text} ${group}`,
      isChosen: () => option.selected,
      hide: (isHidden) => {
        option.hidden = isHidden;
        option.disabled = isHidden;
      },
    };
  });
}

/**
 * @param {Element} boxes
 * @returns {Entry[]}
 */
function ofBoxes(boxes) {
  const labels = [...boxes.querySelectorAll('label')];
  return labels.map((label) => ({
    text: label.textContent ?? '',
    isChosen: () => label.querySelector('input')?.checked ?? false,
    hide: (isHidden) => {
      label.hidden = isHidden;
    },
  }));
}

/**
 * @param {HTMLInputElement} find
 * @param {Entry[]} entries
 * @param {HTMLElement | null} said
 */
function narrow(find, entries, said) {
  const words = find.value.split(/\s+/).filter((word) => word !== '');
  const isNarrowed = words.join('').length >= FIND_LEAST;
  let fitting = 0;
  for (const entry of entries) {
    const fits = !isNarrowed || words.every((word) => entry.text.includes(word));
    fitting += fits ? 1 : 0;
    // What is chosen stays.
    entry.hide(!fits && !entry.isChosen());
  }
  if (!said) return;
  const all = entries.length;
  if (words.length > 0 && !isNarrowed) said.textContent = `至少写${FIND_LEAST}个字才查找；共${all}项`;
  else if (!isNarrowed) said.textContent = `共${all}项`;
  else if (fitting === 0) said.textContent = `没有含“${find.value.trim()}”的事项；共${all}项`;
  else said.textContent = `含“${find.value.trim()}”的${fitting}项，共${all}项`;
}

for (const picker of document.querySelectorAll('[data-picker]')) {
  const find = picker.querySelector('input[type=search]');
  const select = picker.querySelector('select');
  const boxes = picker.querySelector('.options');
  if (!(find instanceof HTMLInputElement) || !(select || boxes)) continue;
  const entries = select ? ofSelect(select) : boxes ? ofBoxes(boxes) : [];
  const look = () => {
    narrow(find, entries, picker.querySelector('output'));
    for (const group of select?.querySelectorAll('optgroup') ?? []) {
      group.hidden = !group.querySelector('option:not([hidden])');
    }
  };
  // Where nothing else would look, the search is of use from here on only.
  const line = find.closest('p');
  if (line) line.hidden = false;
  find.addEventListener('input', look);
  find.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    look();
    const first = select ?? boxes?.querySelector('label:not([hidden]) input');
    if (first instanceof HTMLElement) first.focus();
  });
  const button = picker.querySelector('button');
  if (button) button.type = 'button';
  if (button) button.addEventListener('click', look);
}
