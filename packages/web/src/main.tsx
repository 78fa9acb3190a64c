import { render } from 'preact';
import { App } from './app.js';
import { followLocation } from './route.js';
import { followDevices } from './settings/device-list.js';
import { followLanguage } from './texts/language.js';
import { followTheme } from './theme/follow-theme.js';
import './theme/theme.css';
import './theme/base.css';

window.madang = { room: undefined };
followLanguage();
followTheme();
followLocation();
followDevices();
const place = document.getElementById('app');
if (place) render(<App />, place);
