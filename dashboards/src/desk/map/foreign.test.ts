import { describe, expect, it } from 'vitest';
import { underOurs } from './foreign';

describe('a style of somebody else', () => {
  const made = underOurs(
    {
      version: 8,
      glyphs: 'fonts/{fontstack}/{range}.pbf',
      sources: {
        cases: { type: 'raster', tiles: ['/t/{z}/{x}/{y}.png', 'https://else.example/{z}/{x}/{y}.png'] },
      },
      layers: [
        { id: 'cases', type: 'raster', source: 'cases' },
        { id: 'sea', type: 'background' },
      ],
    },
    'https://tiles.example/maps/style.json',
  );

  it('is never taken for what we draw, though it be named the same', () => {
    expect(Object.keys(made.sources)).toEqual(['under:cases']);
    expect(made.layers).toEqual([
      { id: 'under:cases', type: 'raster', source: 'under:cases' },
      { id: 'under:sea', type: 'background' },
    ]);
  });

  it('is asked for where it lies', () => {
    expect(made.glyphs).toBe('https://tiles.example/maps/fonts/{fontstack}/{range}.pbf');
    expect(made.sources['under:cases']).toMatchObject({
      tiles: ['https://tiles.example/t/{z}/{x}/{y}.png', 'https://else.example/{z}/{x}/{y}.png'],
    });
  });
});
