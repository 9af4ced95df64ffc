// Plain values as YAML in block style: as much of it as the head of a model card needs.

export type Plain = string | number | boolean | readonly Plain[] | { readonly [name: string]: Plain | undefined };

/** Strings are quoted as JSON quotes them, which YAML reads alike. Members that are undefined are left out. */
export function yaml(value: Plain, indent = ''): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  const deeper = `${indent}  `;
  const lines = Array.isArray(value)
    ? (value as readonly Plain[]).map((item) => `${indent}- ${yaml(item, deeper).trimStart()}`)
    : Object.entries(value as Record<string, Plain | undefined>).flatMap(([name, member]) =>
        member === undefined
          ? []
          : [
              typeof member === 'object'
                ? `${indent}${name}:\n${yaml(member, deeper)}`
                : `${indent}${name}: ${yaml(member)}`,
            ],
      );
  return lines.join('\n');
}
