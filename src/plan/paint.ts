type Style = (text: string) => string;

/** Styles of a terminal; `plainPaint` leaves text as it is. */
export interface Paint {
  readonly bold: Style;
  readonly dim: Style;
  readonly red: Style;
  readonly green: Style;
  readonly yellow: Style;
}

const asIs: Style = (text) => text;
export const plainPaint: Paint = { bold: asIs, dim: asIs, red: asIs, green: asIs, yellow: asIs };
