import { useEffect, useState } from 'preact/hooks';
import { useRoom } from './room-context.js';
import { roomTexts } from './room-texts.js';

/** Most of a message that is read out. */
const READ_CHARACTERS = 200;

/** Says what happens to those who do not see it: a live region (WAI-ARIA). */
export function Announcer() {
  const { call, view } = useRoom();
  const [line, setLine] = useState({ turn: 0, words: '' });
  useEffect(() => {
    const { room } = call;
    const say = (words: string) => setLine(({ turn }) => ({ turn: turn + 1, words }));
    const raised = new Set<string>();
    const stops = [
      room.on('participantJoined', ({ name }) => say(roomTexts().announceJoined(name))),
      room.on('participantLeft', ({ participantId, name }, reason) => {
        raised.delete(participantId);
        const text = roomTexts();
        say(reason === 'lost' ? text.announceLost(name) : text.announceLeft(name));
      }),
      room.on('participantChanged', ({ participantId, name, handRaised }) => {
        if (!handRaised) raised.delete(participantId);
        else if (!raised.has(participantId) && participantId !== room.localParticipant.participantId) {
          raised.add(participantId);
          say(roomTexts().announceHand(name));
        }
      }),
      room.on('trackPublished', ({ source }, { name }) => {
        if (source === 'screen') say(roomTexts().announceScreen(name));
      }),
      room.on('chatReceived', ({ from, name, text }) => {
        // The open chat is a live region itself.
        if (view.panel.peek() === 'chat' || from === room.localParticipant.participantId) return;
        say(roomTexts().announceChat(name, text.slice(0, READ_CHARACTERS)));
      }),
      room.on('stateChanged', (state) => {
        if (state === 'connected') say(roomTexts().announceReconnected);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [call, view]);
  return (
    <div class="spoken" role="status" aria-live="polite" data-testid="announcer">
      {/* A new element each time: the same words twice are said twice. */}
      <span key={line.turn}>{line.words}</span>
    </div>
  );
}
