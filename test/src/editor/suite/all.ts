/** Every suite of the extension host; the order is that of a person's first minutes. */
import './activation.test.js';
import './lab.test.js';
import './faults.test.js';
import './authoring.test.js';
import './brokenConfigurations.test.js';
import './speed.test.js';
import './memory.test.js';
