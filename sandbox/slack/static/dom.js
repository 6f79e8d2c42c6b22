// Elements made of names, attributes and children; text is always text.

export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) put(node, key, value);
  node.append(...solid(children));
  return node;
}

export function fill(node, ...children) {
  node.replaceChildren(...solid(children));
  return node;
}

function put(node, key, value) {
  if (value === undefined || value === null || value === false) return;
  if (typeof value === "function") node.addEventListener(key, value);
  else node.setAttribute(key, value === true ? "" : value);
}

function solid(children) {
  return children.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false);
}
