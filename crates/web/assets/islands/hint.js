// What can be said of a value, while it is typed: asked of the server, which says the same when it draws the form.
// @ts-check

/** @typedef {{ wrong: boolean, lines: string[], range?: string, people?: Record<string, string> }} Answer */

const PATIENCE_MS = 300;

/**
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {HTMLFormElement} form
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function ask(control, form, signal) {
  const body = new URLSearchParams({
    about: control.dataset.hint || '',
    value: control.value,
    procedure: form.dataset.procedure || '',
    event: form.dataset.event || '',
  });
  const answer = await fetch('/hints', { method: 'POST', body, signal });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/**
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {HTMLFormElement} form
 * @param {Answer} answer
 */
function say(control, form, answer) {
  const output = document.getElementById(`${control.id}-hint`);
  if (output) {
    output.textContent = answer.lines.join('\n');
    output.classList.toggle('bad', answer.wrong);
  }
  if (answer.range !== undefined) {
    for (const range of form.querySelectorAll('[data-range]')) range.textContent = answer.range;
  }
  const people = answer.people || {};
  for (const line of form.querySelectorAll('[data-person]')) {
    const standing = people[line.getAttribute('data-person') || ''];
    if (standing) line.textContent = standing;
  }
}

/** @param {HTMLInputElement | HTMLSelectElement} control */
function attend(control) {
  const form = control.form;
  if (!form) return;
  /** @type {number | undefined} */
  let timer;
  let asked = new AbortController();
  const look = () => {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    ask(control, form, signal).then(
      (answer) => {
        if (!signal.aborted) say(control, form, answer);
      },
      () => {
        // Offline or overtaken: nothing is said rather than something old.
        const output = document.getElementById(`${control.id}-hint`);
        if (output && !signal.aborted) output.textContent = '';
      },
    );
  };
  control.addEventListener('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(look, PATIENCE_MS);
  });
}

for (const control of document.querySelectorAll('[data-hint]')) {
  if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) attend(control);
}
