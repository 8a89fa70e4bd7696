import{a,b,c,d}from"./chunk-KN3XX6DR.js";import"./chunk-Y7C3RNEY.js";import"./chunk-QBPTXSSA.js";export{d as css,b as cssCompletionSource,c as cssLanguage,a as defineCSSCompletionSource};
