/// The version of the program, put in when the window is built.
declare const __VERSION__: string;
