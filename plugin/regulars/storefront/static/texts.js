/**
 * The panel's words, and how numbers, money and days are said.
 * A shop adds a language with `texts.de = {…}` (the keys of `en`) before the panel is opened.
 * @type {Record<string, Record<string, any>>}
 */
export const texts = {
  en: {
    title: "Rewards",
    hello: "Hello, {name}",
    close: "Close",
    back: "Back",
    retry: "Try again",
    loading: "Loading…",
    points: { one: "{n} point", other: "{n} points" },
    yours: "Your points",
    until: "until {date}",
    pending: "{points} on the way",
    release: "{points} arrive on {date}",
    reserved: "{points} set aside for a reward",
    expiring: "{points} will expire on {date}",
    next: "{points} to {tier}",
    times: "{x}× points",
    off: "{money} off",
    debt: "You owe {points}, because an order was returned. The next points you receive will cover it.",
    rewards: "Rewards",
    enough: "You have enough for this",
    missing: "{points} to go",
    earn: "Ways to earn",
    order: "{points} for every {money} you spend",
    review: "{points} for a review of what you bought",
    referral: "{points} for a friend’s first order",
    tiers: "Levels",
    from: "from {points}",
    free_shipping: "free shipping",
    early_access: "early access",
    history: "History",
    empty: "Nothing here yet. Your first order starts it.",
    login: "Log in",
    invite: "Log in to see your points",
    join: "Every order counts. This is what you can earn and get.",
    offline: "You seem to be offline.",
    failed: "This did not work. It is not your fault.",
    report: "Report a problem",
    reports: "Your reports",
    about: "Which order is it about?",
    none: "Not about an order",
    problem: "What is wrong?",
    damaged: "Arrived damaged",
    missing_item: "Something is missing",
    wrong_item: "Wrong item",
    late: "Late or not delivered",
    quality: "Not good enough",
    other: "Something else",
    choose: "Please choose",
    text: "What happened?",
    send: "Send",
    expired: "Please log in again, then send. Your text is kept.",
    thanks: "Thank you for telling us",
    thanked: "A person will read it and answer you by e‑mail.",
    reference: "Your reference: {reference}",
    new: "received",
    open: "in progress",
    waiting: "waiting for you",
    resolved: "resolved",
    closed: "closed",
  },
  cs: {
    title: "Odměny",
    hello: "Dobrý den, {name}",
    close: "Zavřít",
    back: "Zpět",
    retry: "Zkusit znovu",
    loading: "Načítáme…",
    points: { one: "{n} bod", few: "{n} body", many: "{n} bodu", other: "{n} bodů" },
    yours: "Vaše body",
    until: "do {date}",
    pending: "Na cestě: {points}",
    release: "Dorazí {date}: {points}",
    reserved: "Odloženo na odměnu: {points}",
    expiring: "Platnost končí {date}: {points}",
    next: "Do {tier} chybí {points}",
    times: "body ×{x}",
    off: "sleva {money}",
    debt: "Dlužíte {points}, protože se objednávka vrátila. Vyrovná se z příštích bodů.",
    rewards: "Odměny",
    enough: "Na tuto odměnu máte dost",
    missing: "Ještě {points}",
    earn: "Jak získat body",
    order: "{points} za každých {money} útraty",
    review: "{points} za recenzi toho, co jste koupili",
    referral: "{points} za první objednávku přítele",
    tiers: "Úrovně",
    from: "od {points}",
    free_shipping: "doprava zdarma",
    early_access: "přednostní nákup",
    history: "Historie",
    empty: "Zatím tu nic není. Začíná to první objednávkou.",
    login: "Přihlásit se",
    invite: "Přihlaste se a uvidíte své body",
    join: "Počítá se každá objednávka. Podívejte se, co můžete získat.",
    offline: "Zdá se, že jste offline.",
    failed: "Něco se nepovedlo. Není to vaše chyba.",
    report: "Nahlásit problém",
    reports: "Vaše hlášení",
    about: "Které objednávky se to týká?",
    none: "Netýká se objednávky",
    problem: "Co je špatně?",
    damaged: "Přišlo poškozené",
    missing_item: "Něco chybí",
    wrong_item: "Jiné zboží",
    late: "Pozdě nebo vůbec",
    quality: "Špatná kvalita",
    other: "Něco jiného",
    choose: "Vyberte prosím",
    text: "Co se stalo?",
    send: "Odeslat",
    expired: "Přihlaste se prosím znovu a odešlete. Text zůstane.",
    thanks: "Děkujeme, že jste nám napsali",
    thanked: "Přečte si to člověk a odpoví vám e‑mailem.",
    reference: "Číslo hlášení: {reference}",
    new: "přijato",
    open: "řešíme",
    waiting: "čeká na vás",
    resolved: "vyřešeno",
    closed: "uzavřeno",
  },
};

/** Says things in the language of the page; English where we have no words for it. */
export class Speech {
  /** @param {string} lang @param {string} currency where an answer names none */
  constructor(lang, currency) {
    this.lang = texts[lang.slice(0, 2)] ? lang : "en";
    this.currency = currency;
    this.unit = "points";
  }

  /** @param {string} key @param {Record<string, string | number>} [values] @returns {string} */
  say(key, values = {}) {
    const sentence = this.#words[key] || texts.en[key] || key.replaceAll("_", " ");
    return sentence.replace(/{(\w+)}/g, (/** @type {string} */ _, /** @type {string} */ name) => values[name]);
  }

  /** @param {number} n @returns {string} "1 point", "5 bodů", "3 stamps" */
  points(n) {
    const shown = new Intl.NumberFormat(this.lang).format(n);
    const forms = this.unit === "points" ? this.#words.points : { other: `{n} ${this.unit}` };
    const form = forms[new Intl.PluralRules(this.lang).select(n)] || forms.other;
    return form.replace("{n} ", `${shown}\u00a0`);
  }

  /** How many times the points: "1.25× points", "body ×1,25". @param {string} multiplier @returns {string} */
  times(multiplier) {
    return this.say("times", { x: new Intl.NumberFormat(this.lang).format(Number(multiplier)) });
  }

  /** @param {number} n @returns {string} "+50", "−20", "0" */
  change(n) {
    return new Intl.NumberFormat(this.lang, { signDisplay: "exceptZero" }).format(n).replace("-", "−");
  }

  /** @param {string | number} amount in major units @param {string} [currency] @returns {string} */
  money(amount, currency = this.currency) {
    return new Intl.NumberFormat(this.lang, { style: "currency", currency }).format(Number(amount));
  }

  /** One whole unit of money, without its zeros: "€1". @param {string} [currency] @returns {string} */
  one(currency = this.currency) {
    return new Intl.NumberFormat(this.lang, { style: "currency", currency, maximumFractionDigits: 0 }).format(1);
  }

  /** @param {string} iso a day is that day everywhere; a moment is told in the reader's zone @returns {string} */
  date(iso) {
    const timeZone = iso.length > 10 ? undefined : "UTC";
    return new Intl.DateTimeFormat(this.lang, { dateStyle: "medium", timeZone }).format(new Date(iso));
  }

  get #words() {
    return texts[this.lang.slice(0, 2)];
  }
}
