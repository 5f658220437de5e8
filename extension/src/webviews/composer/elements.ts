export type Child = Node | string;

/** An element with attributes and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function button(text: string, onClick: () => void, kind = ''): HTMLButtonElement {
  const made = element('button', { type: 'button', ...(kind === '' ? {} : { class: kind }) }, text);
  made.addEventListener('click', onClick);
  return made;
}

export function option(value: string, hint = ''): HTMLOptionElement {
  return element('option', { value }, hint === '' ? value : `${value}: ${hint}`);
}

/** A control under its label. */
export function field(label: string, control: HTMLElement, kind = ''): HTMLElement {
  return element(
    'label',
    { class: `field ${kind}`.trim(), for: control.id },
    element('span', {}, label),
    control,
  );
}
