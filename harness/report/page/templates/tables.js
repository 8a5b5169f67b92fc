// Every table: a click on a head sorts by its column, and a search shows some derainers alone.
(() => {
  "use strict";

  const cellOf = (row, place) => row.cells[place];

  const valueOf = (cell) => {
    if ("value" in cell.dataset) return Number(cell.dataset.value.replace("inf", "Infinity"));
    const text = cell.textContent.trim();
    const number = Number(text.replace(/\u2212/g, "-").replace(/[\s,%]/g, ""));
    return text !== "" && !Number.isNaN(number) ? number : text.toLowerCase();
  };

  const isMissing = (value) => value === "" || value === "\u2013" || Number.isNaN(value);

  const compare = (one, other, sign) => {
    if (isMissing(one) || isMissing(other)) return isMissing(one) - isMissing(other);
    if (typeof one === "number" && typeof other === "number") return sign * (one - other || 0);
    return sign * String(one).localeCompare(String(other), undefined, { numeric: true });
  };

  const sort = (table, head, place, sign) => {
    for (const other of table.querySelectorAll("thead th[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    for (const body of table.tBodies) {
      const rows = [...body.rows].map((row) => [valueOf(cellOf(row, place)), row]);
      rows.sort((one, other) => compare(one[0], other[0], sign));
      body.append(...rows.map(([, row]) => row));
    }
  };

  const makeSortable = (table) => {
    const heads = [...table.tHead.rows].at(-1).cells;
    [...heads].forEach((head, place) => {
      if (head.tagName !== "TH") return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const bodies = [...table.tBodies].flatMap((body) => [...body.rows]);
        const words = bodies.some((row) => typeof valueOf(cellOf(row, place)) === "string" && !isMissing(valueOf(cellOf(row, place))));
        const first = words || head.dataset.better === "less" ? 1 : -1;
        const now = { ascending: 1, descending: -1 }[head.getAttribute("aria-sort")];
        sort(table, head, place, now ? -now : first);
      });
    });
  };

  const tables = [...document.querySelectorAll("main table[class]")];
  tables.filter((table) => table.tHead).forEach(makeSortable);

  const named = tables.filter((table) => table.tHead && table.tHead.querySelector("th.name")?.textContent === "derainer");
  const nameOf = (row) => row.querySelector("th").childNodes[0].textContent.trim().replace(/[‡§]+$/, "");
  const rowsOf = (table) => [...table.querySelectorAll("tbody tr:not(.reference)")];
  const names = new Set(named.flatMap((table) => rowsOf(table).map(nameOf)));
  if (names.size < 2) return;

  const filter = (wanted) => {
    const words = wanted.toLowerCase().split(/\s*,\s*/).filter(Boolean);
    for (const table of named) {
      for (const row of rowsOf(table)) {
        const name = nameOf(row).toLowerCase();
        row.hidden = words.length > 0 && !words.some((word) => name.includes(word));
      }
    }
    const shown = [...names].filter((name) => !words.length || words.some((word) => name.toLowerCase().includes(word)));
    said.textContent = words.length ? `${shown.length} of ${names.size} derainers, in all tables` : "";
  };

  const box = document.createElement("p");
  box.className = "controls filter";
  const label = document.createElement("label");
  label.textContent = "show only derainers with ";
  const search = document.createElement("input");
  search.type = "search";
  search.id = "only";
  search.autocomplete = "off";
  search.spellcheck = false;
  search.placeholder = "part of a name, another one";
  search.addEventListener("input", () => filter(search.value));
  label.append(search);
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  said.className = "quiet";
  box.append(label, said);
  const first = named[0].closest("section").querySelector("h2");
  first.after(box);
})();
