// Follows Airflow's theme, language and time zone, and lets links leave the frame that Airflow puts pages in. Pages work without it.
"use strict";

(() => {
  const root = document.documentElement;
  const framed = window.parent !== window;
  const stored = (name) => {
    try {
      return window.localStorage.getItem(name);
    } catch {
      return null;
    }
  };

  function followTheme() {
    let dark = stored("theme") === "dark";
    if (framed) dark = parent.document.documentElement.classList.contains("dark");
    else if (!stored("theme") || stored("theme") === "system") dark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "dark" : "light";
  }

  function followLanguage() {
    const wanted = (stored("i18nextLng") || "").slice(0, 2);
    const cookie = /(?:^|; )livestorm_language=(\w+)/.exec(document.cookie);
    if (!["en", "fr"].includes(wanted) || (cookie && cookie[1] === wanted)) return;
    document.cookie = `livestorm_language=${wanted}; path=/; max-age=31536000; SameSite=Lax`;
    if (root.lang !== wanted && document.cookie.includes(`livestorm_language=${wanted}`)) location.reload();
  }

  // Airflow stores the zone as JSON: with quotes.
  function chosenZone() {
    const text = stored("timezone");
    try {
      return JSON.parse(text) || undefined;
    } catch {
      return text;
    }
  }

  function showLocalTimes() {
    const zone = chosenZone();
    const language = navigator.languages.find((one) => one.startsWith(root.lang)) || root.lang;
    const options = {dateStyle: "medium", timeStyle: "short"};
    let format;
    try {
      format = new Intl.DateTimeFormat(language, {...options, timeZone: zone});
    } catch {
      format = new Intl.DateTimeFormat(language, options);
    }
    for (const element of document.querySelectorAll("time[datetime]")) {
      const utc = element.textContent;
      element.textContent = format.format(new Date(element.dateTime));
      element.title = utc;
      document.title = document.title.replace(utc, () => element.textContent);
    }
    for (const link of document.querySelectorAll("a[title]:has(.skip time)")) link.title = link.querySelector(".skip").textContent;
  }

  // On a phone each row becomes a card that names its cells; without this script tables scroll sideways.
  function labelCells() {
    for (const table of document.querySelectorAll(".scroll > table")) {
      const heads = [...table.querySelectorAll("thead th")].map((head) => head.innerText.replace(/[↑↓]/, "").trim());
      table.setAttribute("role", "table");
      for (const row of table.querySelectorAll("tbody tr")) {
        row.setAttribute("role", "row");
        [...row.cells].forEach((cell, index) => {
          cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
          cell.dataset.label = heads[index] || "";
        });
      }
      table.classList.add("labelled");
    }
  }

  // Reads a page that shows progress again, and replaces what has changed: the place and the focus stay, and a change is announced.
  function refreshProgress() {
    const note = document.querySelector("[data-refresh]");
    if (!note) return;
    note.hidden = true;
    note.nextElementSibling.hidden = false;
    setTimeout(readAgain, Number(note.dataset.refresh) * 1000);
  }

  async function readAgain() {
    const main = document.getElementById("main");
    const isBusy = document.hidden || isEdited || document.activeElement.matches("select");
    const box = document.querySelector("[data-refresh] + label input");
    const answer = isBusy || !box.checked ? null : await fetch(location.href).catch(() => null);
    if (!answer || !answer.ok) return refreshProgress();
    const read = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    if (read.innerHTML !== shown) {
      shown = read.innerHTML;
      const focusable = () => [...main.querySelectorAll("a, button, input, select, [tabindex]")];
      const place = focusable().indexOf(document.activeElement);
      main.replaceChildren(...read.childNodes);
      if (place >= 0) focusable()[place]?.focus({preventScroll: true});
      document.getElementById("announcement").textContent = main.querySelector(".verdict")?.innerText || "";
      showLocalTimes();
      labelCells();
    }
    refreshProgress();
  }

  // Airflow's frame forbids new tabs and links to the top; the parent page, of the same origin, follows them.
  function openOutside(event) {
    const link = event.target.closest("a[data-outside]");
    if (!link || !framed) return;
    event.preventDefault();
    const outer = parent.document.createElement("a");
    outer.href = link.href;
    outer.target = link.dataset.outside === "top" ? "_top" : "_blank";
    outer.rel = "noopener";
    parent.document.body.append(outer);
    outer.click();
    outer.remove();
  }

  followTheme();
  followLanguage();
  if (framed) new MutationObserver(followTheme).observe(parent.document.documentElement, {attributeFilter: ["class"]});
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", followTheme);
  let shown = "";
  let isEdited = false;
  document.addEventListener("input", (event) => {
    isEdited ||= !event.target.closest("[data-refresh] + label");
  });
  document.addEventListener("DOMContentLoaded", () => {
    shown = document.getElementById("main").innerHTML;
    document.querySelector("nav.pages [aria-current]")?.scrollIntoView({block: "nearest", inline: "center"});
    for (const step of [showLocalTimes, labelCells, refreshProgress]) step();
  });
  document.addEventListener("click", openOutside);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    const note = form.querySelector("[data-working]");
    if (note) note.hidden = false;
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
})();
