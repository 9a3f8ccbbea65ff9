// Makes what works without it quicker: arrow keys on the map, focus to the panel, Esc back to where one was.
"use strict";
(() => {
  document.documentElement.classList.add("js");

  // A filter acts when it is chosen; without this script there is a button.
  document.addEventListener("change", (event) => {
    const form = event.target.closest && event.target.closest("form[data-auto]");
    if (form && event.target.matches("select")) {
      for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
      form.submit();
    }
  });

  const showCopies = () => {
    for (const button of document.querySelectorAll("button[data-copy][hidden]")) button.hidden = !navigator.clipboard;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest && event.target.closest("button[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).value);
    button.querySelector("span").textContent = "Copied";
  });
  showCopies();

  const map = () => [...document.querySelectorAll("table[data-map] a.c")];
  const rows = () => [...document.querySelectorAll("table[data-map] tr")].map((tr) => [...tr.querySelectorAll("a.c")]).filter((cells) => cells.length);
  let opener = null;

  const move = (to) => {
    if (!to) return;
    for (const cell of map()) if (cell.tabIndex === 0) cell.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };

  const onMap = (event, cell) => {
    const all = rows();
    const y = all.findIndex((cells) => cells.includes(cell));
    const x = all[y].indexOf(cell);
    const at = (row) => row && row[Math.min(x, row.length - 1)];
    const to = {
      ArrowRight: () => all[y][x + 1],
      ArrowLeft: () => all[y][x - 1],
      ArrowDown: () => at(all[y + 1]),
      ArrowUp: () => at(all[y - 1]),
      Home: () => (event.ctrlKey ? all[0][0] : all[y][0]),
      End: () => (event.ctrlKey ? all.at(-1).at(-1) : all[y].at(-1)),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    move(to());
  };

  const mark = () => {
    const here = location.pathname + location.search;
    for (const cell of map()) {
      if (cell.getAttribute("href") === here) cell.setAttribute("aria-current", "true");
      else cell.removeAttribute("aria-current");
    }
  };

  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest && event.target.closest("table[data-map] a.c");
    if (cell) onMap(event, cell);
    if (event.key === "Escape" && event.target.closest && event.target.closest("#panel")) {
      const back = opener && opener.isConnected ? opener : document.querySelector('table[data-map] a.c[aria-current="true"]');
      if (back) {
        event.preventDefault();
        if (back.matches("a.c")) move(back);
        else back.focus();
      }
    }
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('[data-hx-target="#panel"]');
    if (link) opener = link;
  });

  document.addEventListener("htmx:after:swap", () => {
    const panel = document.getElementById("panel");
    const head = panel && panel.querySelector("[data-focus]");
    mark();
    showCopies();
    if (head) {
      head.focus({ preventScroll: false });
      const said = document.getElementById("announce");
      if (said) said.textContent = `Details: ${head.textContent}`;
    }
    if (panel) panel.scrollTop = 0;
  });
})();

// Plan: the button says how many changes are ticked; a project can be left out at once.
(() => {
  const said = document.querySelector("[data-ticked]");
  const boxes = [...document.querySelectorAll('input[name="ticket"]')];
  const count = () => {
    if (!said) return;
    const sum = boxes.reduce((all, box) => all + (box.checked && !box.disabled ? Number(box.dataset.count) : 0), 0);
    said.textContent = `${sum.toLocaleString("en-US")} ${sum === 1 ? "change" : "changes"}`;
  };
  for (const box of boxes) box.addEventListener("change", count);
  for (const button of document.querySelectorAll("[data-untick]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const mine = [...button.closest("section").querySelectorAll('input[name="ticket"]')];
      const leave = mine.some((box) => box.checked);
      for (const box of mine) if (!box.disabled) box.checked = !leave;
      button.firstChild.textContent = leave ? "Take in" : "Leave out";
      count();
    });
  }
  count();
})();
