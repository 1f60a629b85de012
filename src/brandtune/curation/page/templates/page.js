"use strict";
(function () {
  const page = document.body;
  const cards = Array.from(document.querySelectorAll(".card"));
  const form = document.querySelector(".filters");
  const bar = document.querySelector(".choices");
  const memory = "brandtune curation " + page.dataset.run;
  const chosen = new Set();

  function key(card) { return card.dataset.kept + " " + card.dataset.step + " " + card.dataset.id; }

  function remember() {
    try { localStorage.setItem(memory, JSON.stringify(Array.from(chosen))); } catch (error) { /* a page from a file may have no memory */ }
  }

  function show() {
    const words = form.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const card of cards) {
      const section = card.closest(".group");
      const kept = card.dataset.kept === "1";
      const which = form.which.value;
      const text = (section.dataset.key + " " + card.textContent).toLowerCase();
      const fits = words.every((word) => text.includes(word))
        && (!form.reason.value || form.reason.value === section.dataset.key)
        && (!which || (which === "kept" && kept) || (which === "dropped" && !kept) || (which === "chosen" && chosen.has(key(card))));
      card.hidden = !fits;
      found += fits ? 1 : 0;
    }
    for (const section of document.querySelectorAll(".group")) {
      section.hidden = !section.querySelector(".card:not([hidden])");
    }
    document.querySelector(".found").textContent = found + (found === 1 ? " card" : " cards");
  }

  function mark() {
    for (const card of cards) {
      const button = card.querySelector(".choose");
      if (!button) continue;
      const on = chosen.has(key(card));
      const kept = card.dataset.kept === "1";
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? (kept ? "Will be dropped" : "Will be kept") : (kept ? "Drop this" : "Keep this");
    }
    bar.hidden = chosen.size === 0;
    bar.querySelector(".num").textContent = chosen.size;
    bar.querySelector(".words").textContent = chosen.size === 1 ? "choice" : "choices";
  }

  function exported() {
    const keep = [], drop = [];
    for (const card of cards) {
      if (!chosen.has(key(card))) continue;
      if (card.dataset.kept === "1") drop.push(card.dataset.id);
      else keep.push({ id: card.dataset.id, step: card.dataset.step });
    }
    return JSON.stringify({ format: page.dataset.format, keep: keep, drop: drop }, null, 2) + "\n";
  }

  function save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([exported()], { type: "application/json" }));
    link.download = "overrides.json";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  try {
    const known = new Set(cards.map(key));
    for (const choice of JSON.parse(localStorage.getItem(memory) || "[]")) if (known.has(choice)) chosen.add(choice);
  } catch (error) { /* nothing remembered */ }
  for (const card of cards) {
    const button = card.querySelector(".choose");
    if (!button) continue;
    button.hidden = false;
    button.addEventListener("click", function () {
      if (!chosen.delete(key(card))) chosen.add(key(card));
      remember();
      mark();
    });
  }
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  bar.querySelector(".export").addEventListener("click", save);
  bar.querySelector(".clear").addEventListener("click", function () { chosen.clear(); remember(); mark(); show(); });
  mark();
  show();
}());
