// Comfort only: every page does everything without this file.
"use strict";

// After a refused form, start where it says what is wrong.
document.querySelector(".problems")?.focus();

// A button beside each password that shows what was typed, and hides it again before it is sent.
for (const input of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", `${button.textContent} password`);
  };
  button.type = "button";
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false));
  const pair = document.createElement("div");
  pair.className = "with";
  input.replaceWith(pair);
  pair.append(input, button);
  show(false);
}

// A button that copies an address which was made to be handed on. Browsers let only pages that came safely copy.
for (const link of navigator.clipboard ? document.querySelectorAll(".flash .given") : []) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(link.href);
    button.textContent = "Copied";
  });
  link.after(button);
}

// Going back shows a page as it was, from memory: not to whoever sits here after its reader has signed out.
const account = document.querySelector(".who:has(form) > a");
window.addEventListener("pageshow", async (event) => {
  if (!event.persisted || !account) return;
  const asked = await fetch(account.href, { method: "HEAD", redirect: "manual" });
  if (asked.type === "opaqueredirect") location.reload();
});

// The same moment in the reader's own zone, on pointing at it.
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime*=T]")) {
  time.title = local.format(new Date(time.dateTime));
}

// What scrolls sideways can be reached by keyboard, in browsers that do not see to it themselves.
for (const block of document.querySelectorAll(".prose :is(pre, table)")) {
  if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
}

// Only comparisons that the chosen column allows; the others come back with another column.
for (const form of document.querySelectorAll("form.filter:has([data-allows])")) {
  const [column, op] = form.querySelectorAll("select"), all = [...op.options];
  const narrow = () => {
    const chosen = op.value, allowed = column.selectedOptions[0]?.dataset.allows?.split(" ");
    op.replaceChildren(...all.filter((_, number) => !allowed || allowed.includes(String(number))));
    op.value = chosen;
    if (op.selectedIndex < 0) op.selectedIndex = 0;
  };
  column.addEventListener("change", narrow);
  if (!form.querySelector(".errors")) narrow();
}

// What is typed for a column is meant: it is not NULL, and among many records it is to be changed.
for (const box of document.querySelectorAll(":is([name$=-set], [name$=-null])")) {
  box.closest(".field").addEventListener("input", ({ target }) => {
    const sets = box.name.endsWith("-set");
    if (target !== box && (sets || !target.matches("[name$=-set], [name$=-choice]"))) box.checked = sets;
  });
}

// One box chooses all rows of the page, in the place of the link that does so.
for (const form of document.querySelectorAll("form.picking")) {
  const link = form.querySelector("thead .pick a"), boxes = form.querySelectorAll("tbody .pick input");
  const all = document.createElement("input");
  const count = () => {
    const ticked = [...boxes].filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.type = "checkbox";
  all.setAttribute("aria-label", link.getAttribute("aria-label"));
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
  form.addEventListener("change", count);
  link.replaceWith(all);
  count();
}

// Escape closes what opens above the page; so does pressing elsewhere.
const close = (except) => {
  for (const one of document.querySelectorAll(":is(.more, .menu)[open]")) {
    if (!one.contains(except) && !one.querySelector(".errors")) one.open = false;
  }
};
document.addEventListener("click", (event) => close(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const more = document.activeElement.closest(":is(.more, .menu)[open]");
  close(null);
  more?.firstElementChild.focus();
});
