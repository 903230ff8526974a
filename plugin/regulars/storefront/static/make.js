/** @typedef {Node | string | false | null | undefined | "" | Child[]} Child  an empty one is left out */

/**
 * An element with its properties and children; text goes in as text.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, unknown>} [props] @param {Child[]} children @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, props = {}, ...children) {
  const element = Object.assign(document.createElement(tag), props);
  element.append(.../** @type {(Node | string)[]} */ (children.flat(9)).filter(Boolean));
  return element;
}
