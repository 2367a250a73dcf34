// A text area grows with its text, and says when the text nears its limit.
// @ts-check

const ROWS_MOST = 30;
// From this part of the limit on the count is shown.
const NEAR = 0.8;

/** @param {HTMLTextAreaElement} area */
function attend(area) {
  const longest = Number(area.dataset.longest);
  const count = document.createElement('output');
  count.className = 'hint';
  area.insertAdjacentElement('afterend', count);
  const fit = () => {
    while (area.scrollHeight > area.clientHeight && area.rows < ROWS_MOST) area.rows += 1;
    // Counted as the server counts: characters, not halves of rare ones; line ends once.
    const length = Array.from(area.value.trim()).length;
    const isOver = longest > 0 && length > longest;
    count.classList.toggle('bad', isOver);
    count.textContent = longest > 0 && length > longest * NEAR ? `现在有${length}个字，最多${longest}个字` : '';
  };
  area.addEventListener('input', fit);
  fit();
}

for (const area of document.querySelectorAll('textarea[data-longest]')) {
  if (area instanceof HTMLTextAreaElement) attend(area);
}
