import { textPieces } from '../../call/safe-links.js';

/** What somebody wrote: text nodes, and links that open elsewhere and tell nobody where they were pressed. */
export function MessageText({ text }: { readonly text: string }) {
  return (
    <p class="chat-text" dir="auto" data-testid="chat-text">
      {textPieces(text).map((piece, index) =>
        piece.kind === 'text' ? (
          piece.text
        ) : (
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {piece.text}
          </a>
        ),
      )}
    </p>
  );
}
