// The circle in which a place lies, drawn true to the ground.
import type { Feature, Polygon } from 'geojson';

const EARTH_M = 6_371_008.8;
const STEPS = 64;

export function circle(lon: number, lat: number, radiusM: number): Feature<Polygon> {
  const angle = radiusM / EARTH_M;
  const phi = (lat * Math.PI) / 180;
  const ring: [number, number][] = [];
  for (let i = 0; i <= STEPS; i += 1) {
    const bearing = (i / STEPS) * 2 * Math.PI;
    const phi2 = Math.asin(
      Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(bearing),
    );
    const dLambda = Math.atan2(
      Math.sin(bearing) * Math.sin(angle) * Math.cos(phi),
      Math.cos(angle) - Math.sin(phi) * Math.sin(phi2),
    );
    ring.push([lon + (dLambda * 180) / Math.PI, (phi2 * 180) / Math.PI]);
  }
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } };
}
