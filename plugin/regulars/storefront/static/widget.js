/**
 * <regulars-widget shop="…">: a shopper's points, rewards and help, on any page of a storefront.
 *
 * Attributes: shop; api (default: where this script came from); token-url (an address of the shop's own server that
 * answers {"token": "…"} for the shopper who is logged in); login-url; lang (default: the page's); currency.
 * Look: --regulars-accent, -on-accent, -background, -text, -font, -radius, -z; ::part(launcher), ::part(panel).
 *
 * This file is the launcher, the only thing every page pays for. The panel is fetched when it is first opened.
 */
{
  const address =
    /** @type {HTMLScriptElement | null} */ (
      document.currentScript || document.querySelector('script[src*="/widget.js"]')
    )?.src || location.href;

  /** @type {Record<string, string[]>} the label, and what it says when the panel could not be fetched */
  const labels = {
    en: ["Rewards", "Offline. Try again"],
    cs: ["Odměny", "Offline. Zkusit znovu"],
  };

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host {
      all: initial;
      color-scheme: light dark;
      font: var(--regulars-font, 16px/1.45 system-ui, sans-serif);
      --accent: var(--regulars-accent, #17624c);
      --on-accent: var(--regulars-on-accent, #fff);
      --ground: var(--regulars-background, light-dark(#fff, #16191d));
      --ink: var(--regulars-text, light-dark(#1b2126, #eceff1));
      --muted: color-mix(in oklab, var(--ink) 70%, var(--ground));
      --line: color-mix(in oklab, var(--ink) 14%, var(--ground));
      --soft: color-mix(in oklab, var(--ink) 6%, var(--ground));
      --strong: light-dark(var(--accent), color-mix(in oklab, var(--accent) 45%, #fff));
      --bad: light-dark(#b3261e, #ffb4ab);
      --radius: var(--regulars-radius, 16px);
    }
    :host([hidden]) { display: none; }
    * {
      box-sizing: border-box;
      margin: 0;
      font: inherit;
      color: inherit;
    }
    :focus-visible {
      outline: 3px solid var(--strong);
      outline-offset: 2px;
    }
    h2:focus { outline: 0; }
    button,
    .button {
      padding: 10px 18px;
      border: 0;
      border-radius: 99px;
      background: var(--accent);
      color: var(--on-accent);
      font-weight: 600;
      text-align: center;
      text-decoration: none;
      cursor: pointer;
    }
    button:disabled { opacity: 0.6; }
    .plain {
      background: none;
      color: var(--strong);
      padding: 10px;
    }
    [part="launcher"] {
      position: fixed;
      inset: auto 16px 16px auto;
      z-index: var(--regulars-z, 99);
      display: flex;
      gap: 9px;
      align-items: center;
      padding: 13px 20px;
      box-shadow: 0 4px 16px #0004;
    }
    [part="launcher"]::before {
      content: "";
      width: 18px;
      height: 18px;
      background: currentColor;
      clip-path: polygon(50% 0, 63% 34%, 99% 36%, 71% 59%, 81% 94%, 50% 74%, 19% 94%, 29% 59%, 1% 36%, 37% 34%);
    }
  `);

  class RegularsWidget extends HTMLElement {
    #launcher = document.createElement("button");
    /** @type {import("./panel.js").Panel | undefined} */
    #panel;
    #tries = 0;

    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      Object.assign(this.#launcher, {
        type: "button",
        part: "launcher",
        ariaHasPopup: "dialog",
        onclick: () => this.open(),
      });
      this.#label(0);
      root.append(this.#launcher);
    }

    get shop() {
      return this.getAttribute("shop") || "";
    }

    get api() {
      return this.getAttribute("api") || new URL(address).origin;
    }

    /** The language asked for; where we have no words for it the panel speaks English. */
    get language() {
      return this.lang || document.documentElement.lang || "en";
    }

    /** The token of the shopper who is logged in, "" for nobody. Set `token-url`, or put your own function here. */
    async token() {
      const url = this.getAttribute("token-url");
      if (!url) return "";
      const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(15000) });
      if (answer.status >= 500) throw new Error(`${url} answered ${answer.status}`);
      const { token = "" } = answer.ok ? await answer.json().catch(() => ({})) : {};
      return token;
    }

    /** Opens the panel, fetching it the first time. */
    async open() {
      this.#launcher.ariaBusy = "true";
      try {
        const panel = (this.#panel ||= await this.#fetchPanel());
        this.#label(0);
        panel.open();
      } catch {
        this.#label(1);
      } finally {
        this.#launcher.ariaBusy = "false";
      }
    }

    close() {
      this.#panel?.close();
    }

    /**
     * The number keeps browsers that remember a failed import from never trying again.
     * @returns {Promise<import("./panel.js").Panel>}
     */
    async #fetchPanel() {
      const { Panel } = await import(`${address.replace("widget.js", "panel.js")}#${this.#tries++}`);
      return new Panel(this);
    }

    /** @param {number} which */
    #label(which) {
      this.#launcher.textContent = (labels[this.language.slice(0, 2)] || labels.en)[which];
    }
  }

  customElements.get("regulars-widget") || customElements.define("regulars-widget", RegularsWidget);
}
