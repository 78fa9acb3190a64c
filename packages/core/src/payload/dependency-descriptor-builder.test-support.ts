/** A template, or what a frame has of its own: indications as a string of `-DSR`, differences of frame numbers. */
export interface DescribedFrame {
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  readonly indications: string;
  readonly references: readonly number[];
  readonly chains: readonly number[];
}

export interface DescribedStructure {
  readonly idOffset: number;
  readonly templates: readonly DescribedFrame[];
  /** Which chain protects each decode target; empty without chains. */
  readonly protectedBy: readonly number[];
  readonly sizes?: readonly (readonly [width: number, height: number])[];
}

export interface DescriptorFields {
  readonly isStart?: boolean;
  readonly isEnd?: boolean;
  readonly templateId: number;
  readonly frameNumber: number;
  readonly structure?: DescribedStructure;
  readonly activeTargets?: { readonly mask: number; readonly count: number };
  readonly indications?: string;
  readonly references?: readonly number[];
  readonly chains?: readonly number[];
}

/** A dependency descriptor as appendix A.8 of the RTP payload format for AV1 says. */
export function buildDependencyDescriptor(fields: DescriptorFields): Uint8Array {
  const bits = new Bits();
  bits.push(fields.isStart ? 1 : 0, 1);
  bits.push(fields.isEnd ? 1 : 0, 1);
  bits.push(fields.templateId, 6);
  bits.push(fields.frameNumber, 16);
  const { structure, activeTargets, indications, references, chains } = fields;
  const optional = [structure, activeTargets, indications, references, chains];
  if (optional.some((field) => field !== undefined)) {
    for (const field of optional) bits.push(field === undefined ? 0 : 1, 1);
    if (structure !== undefined) pushStructure(bits, structure);
    if (activeTargets !== undefined) bits.push(activeTargets.mask, activeTargets.count);
    if (indications !== undefined) pushIndications(bits, indications);
    for (const reference of references ?? []) {
      const groups = reference <= 16 ? 1 : reference <= 256 ? 2 : 3;
      bits.push(groups, 2);
      bits.push(reference - 1, 4 * groups);
    }
    if (references !== undefined) bits.push(0, 2);
    for (const chain of chains ?? []) bits.push(chain, 8);
  }
  return bits.toBytes();
}

function pushStructure(bits: Bits, structure: DescribedStructure): void {
  const { templates, protectedBy, sizes } = structure;
  const targets = templates[0]!.indications.length;
  const chains = templates[0]!.chains.length;
  bits.push(structure.idOffset, 6);
  bits.push(targets - 1, 5);
  templates.forEach((template, i) => {
    const next = templates[i + 1];
    if (next === undefined) bits.push(3, 2);
    else if (next.spatialLayer > template.spatialLayer) bits.push(2, 2);
    else bits.push(next.temporalLayer > template.temporalLayer ? 1 : 0, 2);
  });
  for (const template of templates) pushIndications(bits, template.indications);
  for (const template of templates) {
    for (const reference of template.references) bits.push(0x10 | (reference - 1), 5);
    bits.push(0, 1);
  }
  bits.pushNonSymmetric(chains, targets + 1);
  if (chains > 0) {
    for (const chain of protectedBy) bits.pushNonSymmetric(chain, chains);
    for (const template of templates) for (const chain of template.chains) bits.push(chain, 4);
  }
  bits.push(sizes === undefined ? 0 : 1, 1);
  for (const [width, height] of sizes ?? []) {
    bits.push(width - 1, 16);
    bits.push(height - 1, 16);
  }
}

function pushIndications(bits: Bits, indications: string): void {
  for (const letter of indications) bits.push('-DSR'.indexOf(letter), 2);
}

class Bits {
  #text = '';

  push(value: number, count: number): void {
    this.#text += value.toString(2).padStart(count, '0');
  }

  /** ns(n): with w bits for n, the first 2^w - n numbers take one bit less. */
  pushNonSymmetric(value: number, limit: number): void {
    const width = limit.toString(2).length;
    const shorter = 2 ** width - limit;
    if (value < shorter) {
      if (width > 1) this.push(value, width - 1);
    } else this.push(value + shorter, width);
  }

  toBytes(): Uint8Array {
    const text = this.#text.padEnd(Math.ceil(this.#text.length / 8) * 8, '0');
    return Uint8Array.from(text.match(/.{8}/g) ?? [], (octet) => parseInt(octet, 2));
  }
}

function frame(
  spatialLayer: number,
  temporalLayer: number,
  indications: string,
  references: readonly number[],
  chains: readonly number[],
): DescribedFrame {
  return { spatialLayer, temporalLayer, indications, references, chains };
}

/** One spatial layer, three temporal layers; decode targets T0, T1, T2. */
export const L1T3: DescribedStructure = {
  idOffset: 60,
  protectedBy: [0, 0, 0],
  templates: [
    frame(0, 0, 'SSS', [], [0]),
    frame(0, 0, 'SSS', [4], [4]),
    frame(0, 1, '-DS', [2], [2]),
    frame(0, 2, '--D', [1], [1]),
    frame(0, 2, '--D', [1], [3]),
  ],
};

/** Two spatial layers, the upper one predicted from the lower one in every picture, two temporal layers. */
export const L2T2: DescribedStructure = {
  idOffset: 7,
  protectedBy: [0, 0, 1, 1],
  templates: [
    frame(0, 0, 'SSSS', [], [0, 0]),
    frame(0, 0, 'SSRR', [4], [4, 3]),
    frame(0, 1, '-D-R', [2], [2, 1]),
    frame(1, 0, '--SS', [1], [1, 1]),
    frame(1, 0, '--RR', [4, 1], [1, 1]),
    frame(1, 1, '---D', [2, 1], [3, 2]),
  ],
  sizes: [
    [320, 180],
    [640, 360],
  ],
};
