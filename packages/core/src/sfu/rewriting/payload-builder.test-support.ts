/** Payloads with as much of a descriptor as a test wants; what is not named is not written. */
export interface PayloadFields {
  readonly isStart?: boolean;
  readonly isEnd?: boolean;
  readonly isKey?: boolean;
  readonly pictureId?: number;
  readonly pictureIdBits?: 7 | 15;
  readonly tl0PicIdx?: number;
  readonly keyIdx?: number;
  readonly temporalLayer?: number;
  readonly spatialLayer?: number;
  readonly isSwitchUp?: boolean;
}

/** RFC 7741 section 4.2. */
export function buildVp8(fields: PayloadFields): Uint8Array {
  const { pictureId, pictureIdBits = 15, tl0PicIdx, keyIdx, temporalLayer, isSwitchUp = false } = fields;
  const extension =
    (pictureId === undefined ? 0 : 0x80) |
    (tl0PicIdx === undefined ? 0 : 0x40) |
    (temporalLayer === undefined ? 0 : 0x20) |
    (keyIdx === undefined ? 0 : 0x10);
  const bytes = [(extension === 0 ? 0 : 0x80) | (fields.isStart ? 0x10 : 0)];
  if (extension !== 0) bytes.push(extension);
  pushPictureId(bytes, pictureId, pictureIdBits);
  if (tl0PicIdx !== undefined) bytes.push(tl0PicIdx & 0xff);
  if (temporalLayer !== undefined || keyIdx !== undefined) {
    bytes.push(((temporalLayer ?? 0) << 6) | (isSwitchUp ? 0x20 : 0) | (keyIdx ?? 0));
  }
  bytes.push(fields.isStart && fields.isKey ? 0x10 : 0x11, 0xaa);
  return Uint8Array.from(bytes);
}

/** RFC 9628 section 4.2, non-flexible mode. */
export function buildVp9(fields: PayloadFields): Uint8Array {
  const { pictureId, pictureIdBits = 15, tl0PicIdx = 0, temporalLayer = 0, spatialLayer = 0 } = fields;
  const bytes = [
    (pictureId === undefined ? 0 : 0x80) |
      (fields.isKey ? 0 : 0x40) |
      0x20 |
      (fields.isStart ? 0x08 : 0) |
      (fields.isEnd ? 0x04 : 0),
  ];
  pushPictureId(bytes, pictureId, pictureIdBits);
  bytes.push((temporalLayer << 5) | (fields.isSwitchUp ? 0x10 : 0) | (spatialLayer << 1));
  bytes.push(tl0PicIdx & 0xff, 0xaa);
  return Uint8Array.from(bytes);
}

function pushPictureId(bytes: number[], pictureId: number | undefined, bits: 7 | 15): void {
  if (pictureId === undefined) return;
  if (bits === 7) bytes.push(pictureId & 0x7f);
  else bytes.push(0x80 | ((pictureId >> 8) & 0x7f), pictureId & 0xff);
}
