import type { Instant } from '../time/instant.js';
import { SpeakingOrder } from './speaking-order.js';

/** How loud somebody has been lately. */
interface Voice {
  /** Smoothed, 0 (silence) to 127. */
  loudness: number;
  heardAt: Instant;
  /** How much was said and not yet followed by as much silence, 0 to TURN_MS. */
  speechMs: number;
  isSpeaking: boolean;
}

/**
 * Who speaks in a room, by the levels clients write beside their sound (RFC 6464). Somebody becomes the speaker by being
 * clearly louder than the one before, and stays it through pauses, so that pictures do not change with every word. Who has
 * spoken at all, and in which order, is said apart: for that one has to talk for a second in all, so that a cough is none.
 */
export class ActiveSpeaker {
  #participantId: string | undefined;
  #since = -Infinity as Instant;
  #orderDueAt = -Infinity;
  readonly #voices = new Map<string, Voice>();
  readonly #order = new SpeakingOrder();

  /** The speaker; undefined until somebody has spoken. */
  get participantId(): string | undefined {
    return this.#participantId;
  }

  /** A packet of sound: `level` in -dBov, 0 (loudest) to 127 (silence). */
  heard(now: Instant, participantId: string, level: number): void {
    let voice = this.#voices.get(participantId);
    if (voice === undefined) {
      voice = { loudness: 0, heardAt: now, speechMs: 0, isSpeaking: false };
      this.#voices.set(participantId, voice);
    }
    const elapsedMs = Math.max(0, now - voice.heardAt);
    voice.loudness += Math.min(1, elapsedMs / SMOOTHING_MS) * (127 - level - voice.loudness);
    voice.heardAt = now;
    this.#noteSpeech(participantId, voice, Math.min(elapsedMs, LONGEST_PACKET_MS));
    if (participantId !== this.#participantId && voice.loudness >= AUDIBLE)
      this.#consider(now, participantId, voice);
  }

  /** Somebody has left, or sends no sound any more. */
  forget(participantId: string): void {
    this.#voices.delete(participantId);
    this.#order.forget(participantId);
    if (this.#participantId === participantId) this.#participantId = undefined;
  }

  /** Who has spoken, the last first, if that is another order than what this told last; a few times a second at most. */
  takeOrder(now: Instant): readonly string[] | undefined {
    if (now < this.#orderDueAt) return undefined;
    this.#orderDueAt = now + ORDER_INTERVAL_MS;
    for (const participantId of this.#order.speaking) {
      const voice = this.#voices.get(participantId);
      if (voice !== undefined && now - voice.heardAt > QUIET_MS) this.#fallSilent(participantId, voice);
    }
    return this.#order.take();
  }

  #noteSpeech(participantId: string, voice: Voice, elapsedMs: number): void {
    const isAudible = voice.loudness >= AUDIBLE;
    if (isAudible && voice.isSpeaking) voice.speechMs = TURN_MS;
    else if (isAudible) {
      voice.speechMs += elapsedMs;
      if (voice.speechMs < TURN_MS) return;
      voice.isSpeaking = true;
      this.#order.began(participantId);
    } else if (voice.speechMs > 0) {
      voice.speechMs = Math.max(0, voice.speechMs - elapsedMs);
      if (voice.isSpeaking && voice.speechMs === 0) this.#fallSilent(participantId, voice);
    }
  }

  #fallSilent(participantId: string, voice: Voice): void {
    voice.isSpeaking = false;
    voice.speechMs = 0;
    this.#order.ended(participantId);
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
/** Of speech, until somebody has spoken, and of silence, until they have stopped. */
const TURN_MS = 1000;
/** What is longer between two packets is a gap. */
const LONGEST_PACKET_MS = 120;
const ORDER_INTERVAL_MS = 500;
