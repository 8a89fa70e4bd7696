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

" Files that never leave the editor: coc opens them for no server at all. By name, or with a slash by the end of the path.
let g:inkling_exclude = get(g:, 'inkling_exclude', [
  \ '.env', '.env.*', '*.env', '.envrc', '.netrc', '_netrc', '.pgpass', '.my.cnf', '.npmrc', '.pypirc', '.htpasswd', '.git-credentials',
  \ 'id_rsa*', 'id_dsa*', 'id_ecdsa*', 'id_ed25519*',
  \ '*.pem', '*.key', '*.p12', '*.pfx', '*.jks', '*.keystore', '*.kdbx', '*.ppk', '*.asc', '*.gpg',
  \ 'credentials', 'credentials.json', 'client_secret*.json', 'secrets.y*ml', 'secrets.json', 'secrets.toml', '*.tfstate', '*.tfvars'])
" Files that one of those names and that are made to be read by everyone.
let s:shown = ['.env.example', '.env.sample', '.env.template', 'id_*.pub']

function! s:matches(path, globs) abort
  let parts = split(a:path, '/')
  return !empty(filter(copy(a:globs), {_, glob -> count(glob, '/') < len(parts)
    \ && join(parts[-count(glob, '/') - 1 :], '/') =~? glob2regpat(glob)}))
endfunction

function! s:exclude(buffer, path) abort
  if !s:matches(a:path, s:shown) && s:matches(a:path, g:inkling_exclude)
    call setbufvar(a:buffer, 'coc_enabled', 0)
  endif
endfunction

" Larger buffers, in bytes, are left alone in the same way until they are read again, and so are binary ones. One message says so.
let g:inkling_max_bytes = get(g:, 'inkling_max_bytes', 2 * 1024 * 1024)

" Why the current buffer is left alone, whatever its name; of its text only these lines are looked at, in which a NUL is a "\n".
function! s:why_not(lines) abort
  let bytes = line2byte(line('$') + 1) - 1
  return bytes > g:inkling_max_bytes ? printf('it has %d bytes, more than g:inkling_max_bytes', bytes)
    \ : &binary || match(a:lines, "\n") >= 0 ? 'it is binary' : ''
endfunction

" Leaves the current buffer alone where that is to be; returns whether it is so from now on.
function! s:look(lines) abort
  let why = &buftype ==# '' && get(b:, 'coc_enabled', 1) ? s:why_not(a:lines) : ''
  if why ==# ''
    return 0
  endif
  let [b:inkling_left, b:coc_enabled] = [1, 0]
  let text = 'inkling: no suggestions in ' .. expand('%:t') .. ': ' .. why
  call timer_start(0, {-> execute('echomsg ' .. string(text), '')}) " beside what Vim says of a file it would be one line too many
  return 1
endfunction

function! s:changed() abort
  if s:look(getline("'[", "']") + [getline('.')]) && get(g:, 'coc_service_initialized', 0)
    call coc#rpc#notify('CocAutocmd', ['BufCreate', bufnr()]) " coc looks at coc_enabled at no other time
  endif
endfunction

function! s:read() abort
  if exists('b:inkling_left')
    unlet b:inkling_left b:coc_enabled
  endif
  call s:look(getline(1, '$'))
endfunction

augroup inkling
  autocmd BufNew,BufReadPre,BufNewFile,BufFilePost * call s:exclude(+expand('<abuf>'), expand('<afile>:p'))
  autocmd BufReadPost * call s:read()
  autocmd TextChanged,TextChangedI * call s:changed()
augroup END
