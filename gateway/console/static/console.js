"use strict";
// The pages work without this file; it only makes them quicker to use.
