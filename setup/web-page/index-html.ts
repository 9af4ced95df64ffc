import type { Bundle } from './bundle.ts';

/** Puts the names of the bundled files into the template, in the place of `<!-- head -->`. */
export function indexHtml(template: string, { script, styles, fonts, icon }: Bundle): string {
  const lines = [
    `<link rel="icon" type="image/svg+xml" href="/${icon}" />`,
    ...fonts.map((font) => `<link rel="preload" as="font" type="font/woff2" crossorigin href="/${font}" />`),
    ...styles.map((style) => `<link rel="stylesheet" href="/${style}" />`),
    `<script type="module" src="/${script}"></script>`,
  ];
  return template.replace('<!-- head -->', lines.join('\n    '));
}
