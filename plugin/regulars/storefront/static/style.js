/** The panel's looks. Colours come from the launcher's sheet in widget.js, which a shop sets by custom properties. */
export const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  dialog {
    width: 400px;
    max-width: 100%;
    height: 700px;
    max-height: calc(100dvh - 32px);
    margin: auto 16px 16px auto;
    padding: 0;
    border: 0;
    border-radius: var(--radius);
    background: var(--ground);
    color: var(--ink);
    overflow: hidden;
    box-shadow: 0 12px 48px #0006;
  }
  dialog[open] {
    display: flex;
    flex-direction: column;
  }
  dialog::backdrop { background: #0006; }
  header {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 14px 14px 10px 20px;
  }
  .close {
    width: 40px;
    height: 40px;
    padding: 0;
    background: none;
    color: var(--muted);
    font-size: 1.5em;
    line-height: 1;
  }
  .close:hover,
  summary:hover { background: var(--soft); }
  h2 {
    flex: 1;
    font-size: 1.2em;
    font-weight: 700;
  }
  main {
    flex: 1;
    overflow: auto;
    overscroll-behavior: contain;
    padding: 4px 20px 20px;
  }
  .card {
    padding: 20px;
    border-radius: var(--radius);
    color: var(--on-accent);
    background: linear-gradient(135deg, var(--accent), color-mix(in oklab, var(--accent) 72%, #000));
  }
  .card p + p { margin-top: 4px; }
  .card .button {
    display: inline-block;
    margin-top: 12px;
    background: var(--on-accent);
    color: var(--accent);
  }
  .big {
    font-size: 2em;
    font-weight: 700;
    line-height: 1.2;
  }
  .tier {
    margin: 14px 0 6px;
    padding-top: 14px;
    border-top: 1px solid #fff4;
  }
  progress {
    appearance: none;
    display: block;
    width: 100%;
    height: 8px;
    margin: 6px 0;
    border: 0;
    border-radius: 9px;
    overflow: hidden;
    background: var(--line);
    color: var(--strong);
  }
  .card progress {
    background: #0004;
    color: var(--on-accent);
  }
  ::-webkit-progress-bar { background: none; }
  ::-webkit-progress-value {
    background: currentColor;
    border-radius: 9px;
  }
  ::-moz-progress-bar { background: currentColor; }
  .note {
    margin-top: 12px;
    padding: 10px 14px;
    border-radius: 10px;
    background: var(--soft);
  }
  .bad { color: var(--bad); }
  label > .bad { margin-top: 8px; }
  details + details { border-top: 1px solid var(--line); }
  summary {
    display: flex;
    justify-content: space-between;
    align-items: center;
    margin: 0 -8px;
    padding: 14px 8px;
    border-radius: 8px;
    font-weight: 600;
    list-style: none;
    cursor: pointer;
  }
  summary::-webkit-details-marker { display: none; }
  summary::after {
    content: "";
    width: 8px;
    height: 8px;
    margin-right: 4px;
    border: solid var(--muted);
    border-width: 0 2px 2px 0;
    rotate: 45deg;
  }
  [open] > summary::after {
    rotate: -135deg;
    translate: 0 3px;
  }
  ul {
    padding: 0 0 8px;
    list-style: none;
  }
  li {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 0 12px;
    padding: 8px 0;
    overflow-wrap: anywhere;
  }
  li > :nth-child(n + 3) { grid-column: 1 / 3; }
  b {
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  small {
    font-size: 0.875em;
    color: var(--muted);
  }
  .good { color: var(--strong); }
  .fine { font-size: 0.9375em; }
  .lead {
    font-size: 1.2em;
    font-weight: 700;
  }
  .tick {
    width: 64px;
    border-radius: 99px;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 2em;
    line-height: 64px;
  }
  .outline {
    padding: 9px 17px;
    border: 1px solid var(--strong);
    background: none;
    color: var(--strong);
  }
  footer {
    position: sticky;
    bottom: -20px;
    margin: 12px -20px -20px;
    padding: 12px 20px;
    background: var(--ground);
    border-top: 1px solid var(--line);
  }
  footer button,
  form button,
  form + button { width: 100%; }
  form,
  .middle {
    display: grid;
    gap: 16px;
  }
  .middle {
    padding: 40px 0;
    text-align: center;
    justify-items: center;
  }
  fieldset {
    padding: 0;
    border: 0;
    min-width: 0;
  }
  legend { padding: 0; }
  legend,
  form > label { font-weight: 600; }
  .orders {
    max-height: 250px;
    overflow: auto;
    margin-top: 6px;
    border: 1px solid var(--muted);
    border-radius: 10px;
  }
  .orders label {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0 10px;
    padding: 10px 12px;
    overflow-wrap: anywhere;
    cursor: pointer;
  }
  .orders label + label { border-top: 1px solid var(--line); }
  .orders label:has(:checked) { background: color-mix(in oklab, var(--accent) 12%, var(--ground)); }
  .orders small { grid-column: 2; }
  input { accent-color: var(--strong); }
  select,
  textarea {
    display: block;
    width: 100%;
    margin-top: 6px;
    padding: 10px 12px;
    border: 1px solid var(--muted);
    border-radius: 10px;
    background: var(--ground);
    font-weight: 400;
  }
  .wait {
    height: 64px;
    margin-bottom: 16px;
    border-radius: var(--radius);
    background: var(--line);
  }
  .wait:first-child { height: 150px; }
  [role="status"] {
    position: absolute;
    clip-path: inset(50%);
  }
  @media (max-width: 480px) {
    dialog {
      width: 100%;
      height: 92dvh;
      max-height: none;
      margin: auto 0 0;
      border-radius: var(--radius) var(--radius) 0 0;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    dialog[open] { animation: rise 0.2s ease-out; }
    .wait { animation: breathe 1s infinite alternate; }
    @keyframes rise {
      from {
        transform: translateY(24px);
        opacity: 0;
      }
    }
    @keyframes breathe {
      to { opacity: 0.5; }
    }
  }
`);
