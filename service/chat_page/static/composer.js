/* The field a borrower writes in: grows with its text, counts near the limit, sends on Enter but never mid-word. */

import { byId } from "./dom.js";

const LONGEST = 500;
const COUNT_FROM = 400;

const form = byId("composer");
const input = byId("input");
const count = byId("count");
const sendButton = byId("send");

let composing = false;

export function startComposer(send) {
  const submit = () => {
    const text = input.value.trim();
    if (!text || input.disabled || length(text) > LONGEST) return;
    input.value = "";
    draw();
    send(text);
    input.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  input.addEventListener("input", draw);
  input.addEventListener("compositionstart", () => (composing = true));
  // Safari ends a composition before the Enter that ended it arrives; 229 marks that Enter.
  input.addEventListener("compositionend", () => (composing = false));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || composing || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  draw();
}

export function enable(on, placeholder = "有什么可以帮您？") {
  input.disabled = !on;
  input.placeholder = placeholder;
  draw();
}

export function put(text) {
  input.value = text;
  draw();
  input.focus();
}

export const focusInput = () => matchMedia("(pointer: fine)").matches && input.focus();

/* Characters as the service counts them, not UTF-16 halves. */
const length = (text) => [...text].length;

function draw() {
  const size = length(input.value.trim());
  sendButton.disabled = input.disabled || size === 0 || size > LONGEST;
  count.hidden = size < COUNT_FROM;
  count.textContent = size > LONGEST ? `超出 ${size - LONGEST} 字，一次最多 ${LONGEST} 字` : `${size}/${LONGEST}`;
  count.toggleAttribute("data-over", size > LONGEST);
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight + 2, 136)}px`;
}
