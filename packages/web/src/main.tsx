import { render } from 'preact';
import { App } from './app.js';
import { followLanguage } from './texts/language.js';
import { followTheme } from './theme/follow-theme.js';
import './theme/theme.css';
import './theme/base.css';

followLanguage();
followTheme();
const place = document.getElementById('app');
if (place) render(<App />, place);
