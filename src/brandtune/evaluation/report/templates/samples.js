"use strict";
// Comfort only: without this script all samples are on the page, each in its own <details>.
(() => {
  const controls = document.getElementById("sample-controls");
  if (!controls) return;
  const samples = Array.from(document.querySelectorAll("details.sample"));
  const outputs = Array.from(document.querySelectorAll("article.output"));
  const task = document.getElementById("sample-task");
  const arms = Array.from(document.querySelectorAll("#sample-arms input"));
  const count = document.getElementById("sample-count");

  function update() {
    const shown = new Set(arms.filter((box) => box.checked).map((box) => box.value));
    for (const output of outputs) output.hidden = !shown.has(output.dataset.arm);
    for (const sample of samples) sample.hidden = task.value !== "" && sample.dataset.task !== task.value;
    const left = samples.filter((sample) => !sample.hidden).length;
    count.textContent = left + " of " + samples.length + " samples";
  }

  function setOpen(open) {
    for (const sample of samples) if (!sample.hidden) sample.open = open;
  }

  task.addEventListener("change", update);
  for (const box of arms) box.addEventListener("change", update);
  document.getElementById("samples-open").addEventListener("click", () => setOpen(true));
  document.getElementById("samples-close").addEventListener("click", () => setOpen(false));
  controls.hidden = false;
  update();
})();
