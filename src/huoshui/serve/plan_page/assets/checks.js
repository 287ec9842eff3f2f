
// Right or wrong, user by user: kept in this browser, counted above, saved as a table. Nothing leaves the page.
function checkByEye() {
  const block = document.getElementById("check-data");
  if (!block) return;
  const data = JSON.parse(block.textContent);
  const cards = [...document.querySelectorAll("[data-check]")];
  const far = document.getElementById("check-far");
  const read = () => cards.map((card) => ({
    answer: card.querySelector("input:checked")?.value ?? "",
    why: card.querySelector(".why").value.trim(),
  }));
  const count = () => {
    const answers = read();
    const told = { done: answers.filter((item) => item.answer).length, all: cards.length, wrong: answers.filter((item) => item.answer === "wrong").length };
    far.textContent = data.far.replace(/\{(\w+)\}/g, (_, name) => told[name]);
  };
  const keep = () => {
    try {
      localStorage.setItem(data.key, JSON.stringify(read()));
    } catch (error) {
      document.getElementById("check-no-storage").hidden = false;
    }
  };
  const restore = () => {
    let kept = [];
    try {
      kept = JSON.parse(localStorage.getItem(data.key) ?? "[]");
    } catch (error) {
      document.getElementById("check-no-storage").hidden = false;
    }
    if (!Array.isArray(kept)) return;
    cards.forEach((card, index) => {
      const choice = [...card.querySelectorAll("input[type=radio]")].find((input) => input.value === kept[index]?.answer);
      if (choice) choice.checked = true;
      if (typeof kept[index]?.why === "string") card.querySelector(".why").value = kept[index].why;
    });
  };
  // A spreadsheet runs a cell that begins like a formula: an apostrophe makes it text.
  const cell = (text) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const save = () => {
    const answers = read();
    const lines = data.rows.map((row, index) => [...row, data.words[answers[index].answer] ?? "", answers[index].why]);
    const text = `\ufeff${[data.columns, ...lines].map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = data.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const changed = () => { keep(); count(); };
  for (const card of cards) {
    card.addEventListener("change", changed);
    card.querySelector(".why").addEventListener("input", keep);
  }
  document.getElementById("check-save").addEventListener("click", save);
  restore();
  count();
}

checkByEye();
root.dataset.checks = "true";
