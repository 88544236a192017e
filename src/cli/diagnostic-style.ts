import type { TextStyle } from '../manifest/index.ts';
import type { Paint } from './paint.ts';

export function diagnosticStyle(paint: Paint): TextStyle {
  const severities = { error: paint.red, warning: paint.yellow, info: paint.cyan } as const;
  return {
    severity: (text, severity) => severities[severity](text),
    place: paint.bold,
    dim: paint.dim,
  };
}
