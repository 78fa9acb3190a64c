import type { Instant } from '../time/instant.js';

/** How loud somebody has been lately. */
interface Voice {
  /** Smoothed, 0 (silence) to 127. */
  loudness: number;
  heardAt: Instant;
}

/**
 * Who speaks in a room, by the levels clients write beside their sound (RFC 6464). Somebody becomes the speaker by being
 * clearly louder than the one before, and stays it through pauses, so that pictures do not change with every word.
 */
export class ActiveSpeaker {
  #participantId: string | undefined;
  #since = -Infinity as Instant;
  readonly #voices = new Map<string, Voice>();

  /** The speaker; undefined until somebody has spoken. */
  get participantId(): string | undefined {
    return this.#participantId;
  }

  /** A packet of sound: `level` in -dBov, 0 (loudest) to 127 (silence). */
  heard(now: Instant, participantId: string, level: number): void {
    let voice = this.#voices.get(participantId);
    if (voice === undefined) {
      voice = { loudness: 0, heardAt: now };
      this.#voices.set(participantId, voice);
    }
    const weight = Math.min(1, Math.max(0, (now - voice.heardAt) / SMOOTHING_MS));
    voice.loudness += weight * (127 - level - voice.loudness);
    voice.heardAt = now;
    if (participantId !== this.#participantId && voice.loudness >= AUDIBLE)
      this.#consider(now, participantId, voice);
  }

  /** Somebody has left, or sends no sound any more. */
  forget(participantId: string): void {
    this.#voices.delete(participantId);
    if (this.#participantId === participantId) this.#participantId = undefined;
  }

  #consider(now: Instant, participantId: string, voice: Voice): void {
    const current = this.#participantId === undefined ? undefined : this.#voices.get(this.#participantId);
    if (current !== undefined) {
      if (now - this.#since < LEAST_TURN_MS) return;
      const loudness = now - current.heardAt > QUIET_MS ? 0 : current.loudness;
      if (voice.loudness < loudness + CLEARLY) return;
    }
    this.#participantId = participantId;
    this.#since = now;
  }
}

const SMOOTHING_MS = 300;
/** Above a room's noise: -50 dBov. */
const AUDIBLE = 77;
/** dB. */
const CLEARLY = 6;
const LEAST_TURN_MS = 1000;
/** Nothing came from somebody for so long: discontinuous transmission, or a mute. */
const QUIET_MS = 1000;
