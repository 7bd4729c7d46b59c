import { isJsonObject, type Json } from '@skerry/contracts';

/** Lines of YAML (in the block style, with JSON's scalars, which YAML 1.2 takes) for values as the API has them. */
export function yamlText(value: object, indent = ''): string[] {
  return Object.entries(value as { [key: string]: Json }).flatMap(([key, inner]) =>
    entryText(`${indent}${plainKey(key)}:`, inner, indent),
  );
}

function entryText(head: string, value: Json, indent: string): string[] {
  if (isJsonObject(value) && Object.keys(value).length > 0) return [head, ...yamlText(value, `${indent}  `)];
  if (Array.isArray(value) && value.some((item) => typeof item === 'object'))
    return [head, ...value.flatMap((item) => itemText(item, `${indent}  `))];
  return [`${head} ${JSON.stringify(value)}`];
}

function itemText(item: Json, indent: string): string[] {
  if (!isJsonObject(item)) return [`${indent}- ${JSON.stringify(item)}`];
  const [first = '{}', ...rest] = yamlText(item, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

const plainKey = (key: string) => (/^[A-Za-z_][\w./-]*$/.test(key) ? key : JSON.stringify(key));
