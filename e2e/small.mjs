// Pictures of pages with at most 256 colors: text on a few grounds looks the same, at a third of the size.
//
// Usage: node small.mjs <folder of new pictures> <folder of pictures to be replaced>
// Each picture of the second folder is replaced by the one of the same name in the first.
// Scope: what Chromium writes as a picture of a page: PNG, eight bits a channel, without interlacing.

import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLORS_MAX = 256;
const BYTES_MAX = 150_000;

/** The same picture, smaller. */
function small(png) {
  const { width, height, channels, data } = read(png);
  const line = width * channels;
  const points = unfiltered(data, line, height, channels);
  const color = (at) => (points[at] << 16) | (points[at + 1] << 8) | points[at + 2];
  const counts = new Map();
  for (let at = 0; at < points.length; at += channels) counts.set(color(at), (counts.get(color(at)) ?? 0) + 1);
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, COLORS_MAX).map(([it]) => it);
  const index = new Map(palette.map((it, at) => [it, at]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const wanted = color(y * line + x * channels);
      let found = index.get(wanted);
      if (found === undefined) {
        found = nearest(palette, wanted);
        index.set(wanted, found);
      }
      rows[y * (width + 1) + 1 + x] = found;
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3], 8);
  const colors = Buffer.from(palette.flatMap((it) => [it >> 16, (it >> 8) & 255, it & 255]));
  const chunks = [chunk('IHDR', head), chunk('PLTE', colors), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([SIGNATURE, ...chunks]);
}

function read(png) {
  assert.ok(png.subarray(0, 8).equals(SIGNATURE), 'a PNG');
  const [width, height, depth, type, interlace] = [png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25], png[28]];
  assert.ok(depth === 8 && interlace === 0 && (type === 2 || type === 6), 'as Chromium writes it');
  const parts = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return { width, height, channels: type === 2 ? 3 : 4, data: inflateSync(Buffer.concat(parts)) };
}

/** The points themselves: each line of a PNG says how it is told from what lies left of it and above. */
function unfiltered(data, line, height, channels) {
  const points = Buffer.alloc(line * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (line + 1)];
    for (let x = 0; x < line; x += 1) {
      const at = y * line + x;
      const left = x >= channels ? points[at - channels] : 0;
      const up = y > 0 ? points[at - line] : 0;
      const corner = x >= channels && y > 0 ? points[at - line - channels] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      points[at] = data[y * (line + 1) + 1 + x] + guess;
    }
  }
  return points;
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function nearest(palette, wanted) {
  let best = 0;
  let least = Infinity;
  for (const [at, it] of palette.entries()) {
    const distance = ((it >> 16) - (wanted >> 16)) ** 2 + (((it >> 8) & 255) - ((wanted >> 8) & 255)) ** 2 + ((it & 255) - (wanted & 255)) ** 2;
    if (distance < least) [best, least] = [at, distance];
  }
  return best;
}

function chunk(type, content) {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

function crc32(bytes) {
  let rest = ~0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  }
  return ~rest >>> 0;
}

const [from, to] = process.argv.slice(2);
assert.ok(from && to, 'usage: node small.mjs <new> <to be replaced>');
for (const name of (await readdir(to)).filter((it) => it.endsWith('.png'))) {
  const picture = small(await readFile(join(from, name)));
  assert.ok(picture.length <= BYTES_MAX, `${name} has ${picture.length} bytes`);
  await writeFile(join(to, name), picture);
}
