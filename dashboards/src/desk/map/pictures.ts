// Names, counts and marks of the map as small pictures, drawn by the browser itself. So a name is
// shaped as its script asks (Arabic joins its letters), needs no font file of the map, and still
// takes part in the map's own placing, which keeps names from lying over each other.
import type { Priority } from '../wire/words';

export interface Ink {
  text: string;
  halo: string;
  priority: Record<Priority, string>;
  paper: string;
}

const SCALE = 2;
const FACE = '"Noto Sans", "Noto Sans Arabic", sans-serif';

export interface Picture {
  image: ImageData;
  pixelRatio: number;
}

function canvas(width: number, height: number): CanvasRenderingContext2D {
  const element = document.createElement('canvas');
  element.width = Math.max(1, Math.ceil(width * SCALE));
  element.height = Math.max(1, Math.ceil(height * SCALE));
  const context = element.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas to draw the names of the map');
  context.scale(SCALE, SCALE);
  return context;
}

function picture(context: CanvasRenderingContext2D): Picture {
  const { width, height } = context.canvas;
  return { image: context.getImageData(0, 0, width, height), pixelRatio: SCALE };
}

/** A name with a halo. */
export function name(text: string, ink: Ink, size = 12, weight = 500): Picture {
  const font = `${weight} ${size}px ${FACE}`;
  const probe = canvas(1, 1);
  probe.font = font;
  const width = probe.measureText(text).width + 8;
  const height = size * 1.8;
  const context = canvas(width, height);
  context.font = font;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 3;
  context.strokeStyle = ink.halo;
  context.strokeText(text, width / 2, height / 2);
  context.fillStyle = ink.text;
  context.fillText(text, width / 2, height / 2);
  return picture(context);
}

/** The mark of a case: the shape of its priority; in a ring where no more than the land is known. */
export function mark(priority: Priority, ink: Ink, wide = false): Picture {
  const side = wide ? 44 : 26;
  const context = canvas(side, side);
  const colour = ink.priority[priority];
  context.translate(side / 2, side / 2);
  if (wide) {
    context.beginPath();
    context.arc(0, 0, 19, 0, 2 * Math.PI);
    context.setLineDash([3, 3]);
    context.lineWidth = 1.5;
    context.strokeStyle = colour;
    context.stroke();
    context.setLineDash([]);
  }
  context.beginPath();
  if (priority === 'critical') polygon(context, 8, 11, Math.PI / 8);
  else if (priority === 'urgent') polygon(context, 3, 11.5, -Math.PI / 2);
  else if (priority === 'serious') polygon(context, 4, 10.5, -Math.PI / 2);
  else context.arc(0, 0, 7.5, 0, 2 * Math.PI);
  context.closePath();
  context.lineWidth = 4;
  context.strokeStyle = ink.paper;
  context.stroke();
  context.fillStyle = priority === 'routine' ? ink.paper : colour;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.stroke();
  return picture(context);
}

function polygon(context: CanvasRenderingContext2D, sides: number, radius: number, turn: number) {
  for (let i = 0; i < sides; i += 1) {
    const angle = turn + (i * 2 * Math.PI) / sides;
    context.lineTo(radius * Math.cos(angle), radius * Math.sin(angle));
  }
}

/** Several cases at one place: their number, ringed in the colour of the worst. */
export function cluster(count: number, worst: Priority, ink: Ink): Picture {
  const text = short(count);
  const radius = 13 + 3 * text.length;
  const side = 2 * radius + 4;
  const context = canvas(side, side);
  context.translate(side / 2, side / 2);
  context.beginPath();
  context.arc(0, 0, radius - 1.5, 0, 2 * Math.PI);
  context.fillStyle = ink.paper;
  context.fill();
  context.lineWidth = worst === 'critical' ? 5 : 3;
  if (worst === 'urgent') context.setLineDash([7, 3]);
  context.strokeStyle = ink.priority[worst];
  context.stroke();
  context.font = `700 13px ${FACE}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = ink.text;
  context.fillText(text, 0, 1);
  return picture(context);
}

/** The house of a mission. */
export function house(ink: Ink): Picture {
  const context = canvas(14, 14);
  context.translate(7, 7);
  context.rotate(Math.PI / 4);
  context.fillStyle = ink.text;
  context.strokeStyle = ink.halo;
  context.lineWidth = 2;
  context.strokeRect(-3.5, -3.5, 7, 7);
  context.fillRect(-3.5, -3.5, 7, 7);
  return picture(context);
}

/** A count in at most five characters: exact up to 9,999; the table has every digit. */
export function short(count: number): string {
  if (count < 10_000) return String(count);
  if (count < 1_000_000) return `${Math.round(count / 1000)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** Lines across what belongs to others. */
export function hatch(ink: Ink): Picture {
  const context = canvas(8, 8);
  context.strokeStyle = ink.text;
  context.lineWidth = 1;
  context.beginPath();
  for (const at of [-8, 0, 8]) {
    context.moveTo(at, 8);
    context.lineTo(at + 8, 0);
  }
  context.stroke();
  return picture(context);
}

/** The pin of an exact place. */
export function pin(ink: Ink): Picture {
  const context = canvas(24, 32);
  context.beginPath();
  context.arc(12, 11, 8, Math.PI * 0.85, Math.PI * 2.15);
  context.lineTo(12, 30);
  context.closePath();
  context.fillStyle = ink.text;
  context.strokeStyle = ink.paper;
  context.lineWidth = 3;
  context.stroke();
  context.fill();
  context.beginPath();
  context.arc(12, 11, 3, 0, 2 * Math.PI);
  context.fillStyle = ink.paper;
  context.fill();
  return picture(context);
}
