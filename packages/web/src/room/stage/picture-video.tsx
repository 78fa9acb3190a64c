import { useEffect, useRef, useState } from 'preact/hooks';
import type { Track } from '../../sdk.js';

export interface PictureVideoProps {
  readonly track: Track;
  readonly mirrored: boolean;
  /** `cover` fills the place and cuts the edges; `contain` shows all of it. */
  readonly fit: 'cover' | 'contain';
  /** Told when the first frame is there, and when the picture goes. */
  readonly onPicture: (shown: boolean) => void;
}

/** A track in a video element. Its sound, if any, is played elsewhere. */
export function PictureVideo({ track, mirrored, fit, onPicture }: PictureVideoProps) {
  const element = useRef<HTMLVideoElement>(null);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const video = element.current;
    if (!video) return undefined;
    track.attach(video);
    return () => {
      track.detach(video);
      setShown(false);
      onPicture(false);
    };
  }, [track]);
  const names = ['picture-video', `picture-video-${fit}`];
  if (mirrored) names.push('picture-video-mirrored');
  if (shown) names.push('picture-video-shown');
  return (
    <video
      ref={element}
      class={names.join(' ')}
      muted
      autoplay
      playsInline
      disableRemotePlayback
      data-testid="picture-video"
      onLoadedData={() => {
        setShown(true);
        onPicture(true);
      }}
    />
  );
}
