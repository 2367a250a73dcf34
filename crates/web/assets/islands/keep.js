// What was typed is kept by itself every few seconds, and when the page goes out of sight. Files are not: they are kept
// when the form is sent.
// @ts-check

const PATIENCE_MS = 4000;

/**
 * @param {HTMLFormElement} form
 * @returns {URLSearchParams}
 */
function typed(form) {
  const fields = new URLSearchParams();
  new FormData(form).forEach((value, name) => {
    if (typeof value === 'string') fields.append(name, value);
  });
  return fields;
}

/** @param {HTMLFormElement} form */
function attend(form) {
  const said = form.querySelector('[data-kept]');
  let last = typed(form).toString();
  let isSent = false;
  let sending = new AbortController();
  /** @type {number | undefined} */
  let timer;

  /** @param {boolean} isLeaving */
  const keep = async (isLeaving) => {
    window.clearTimeout(timer);
    const fields = typed(form);
    const now = fields.toString();
    if (isSent || now === last) return;
    fields.set('do', 'autosave');
    sending.abort();
    sending = new AbortController();
    const { signal } = sending;
    let text = '';
    try {
      const answer = await fetch(form.action, { method: 'POST', body: fields, keepalive: isLeaving, signal });
      if (answer.status === 204) {
        last = now;
        text = `已自动暂存（${new Date().toLocaleTimeString('zh-CN', { hour12: false })}），还没有记录`;
      } else if (answer.status === 413) {
        text = '内容超过暂存的上限，没有自动暂存';
      } else {
        text = '没有暂存成功，请点“暂存”再试';
      }
    } catch (error) {
      if (signal.aborted) return;
      text = '没有暂存成功：与服务器的连接断了';
      timer = window.setTimeout(() => keep(false), PATIENCE_MS);
    }
    if (said) said.textContent = text;
  };

  const wait = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => keep(false), PATIENCE_MS);
  };
  form.addEventListener('input', wait);
  form.addEventListener('change', wait);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') keep(true);
  });
  form.addEventListener('submit', () => {
    // What is being recorded must not be kept a moment later.
    isSent = true;
    window.clearTimeout(timer);
    sending.abort();
  });
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) isSent = false;
  });
}

for (const form of document.querySelectorAll('form[data-keep]')) {
  if (form instanceof HTMLFormElement) attend(form);
}
