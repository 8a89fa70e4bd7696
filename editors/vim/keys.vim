" Keys for ghost text with coc.nvim. Each does its own work where there is none.
inoremap <silent><expr> <Tab> coc#inline#visible() ? coc#inline#accept() : "\<Tab>"
inoremap <silent><expr> <C-Right> coc#inline#visible() ? coc#inline#accept('word') : "\<C-Right>"
inoremap <silent><expr> <C-Down> coc#inline#visible() ? coc#inline#accept('line') : "\<C-Down>"
inoremap <silent><expr> <C-]> coc#inline#visible() ? coc#inline#cancel() : "\<C-]>"
inoremap <silent><expr> <M-]> coc#inline#next()
inoremap <silent><expr> <M-[> coc#inline#prev()
inoremap <silent><expr> <M-\> coc#inline#trigger()

" Off and on again in one key, for all buffers; nothing is asked for while a macro is recorded or played.
nnoremap <silent> <Leader>i :call CocActionAsync('toggleService', 'languageserver.inkling')<CR>
augroup inkling
  autocmd!
  autocmd InsertEnter * let b:coc_inline_disable = reg_recording() !=# '' || reg_executing() !=# ''
augroup END
