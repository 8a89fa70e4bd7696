;;; inkling.el --- Ghost text from an Inkling server, by lsp-mode -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "28.1") (lsp-mode "10.0.0"))

;;; Commentary:

;; `inkling lsp' beside the language's own server. lsp-mode shows the text; it is asked for when typing pauses for
;; `inkling-delay', and not only after `lsp-idle-delay', which holds for all that lsp-mode does with a change.
;; Nothing is asked for while a macro is recorded or played, or a snippet is filled in; excluded files have no session.

;;; Code:

(require 'lsp-mode)
(require 'lsp-inline-completion)

(defgroup inkling nil "Ghost text from an Inkling server." :group 'tools)

(defcustom inkling-command '("inkling" "lsp" "--server" "ws://localhost:8000/api/v1/stream")
  "The command of the session. Without --server the engine runs inside."
  :type '(repeat string))

(defcustom inkling-exclude
  '(".env" ".env.*" "*.env" ".envrc" ".netrc" "_netrc" ".pgpass" ".my.cnf" ".npmrc" ".pypirc" ".htpasswd" ".git-credentials"
    "id_rsa*" "id_dsa*" "id_ecdsa*" "id_ed25519*"
    "*.pem" "*.key" "*.p12" "*.pfx" "*.jks" "*.keystore" "*.kdbx" "*.ppk" "*.asc" "*.gpg"
    "credentials" "credentials.json" "client_secret*.json" "secrets.y*ml" "secrets.json" "secrets.toml" "*.tfstate" "*.tfvars")
  "Globs of files that no session is begun for.
One without a slash is held against the file's name, another one against the path's end of as many parts."
  :type '(repeat string))

(defconst inkling--shown '(".env.example" ".env.sample" ".env.template" "id_*.pub")
  "Files that a glob of `inkling-exclude' names and that are made to be read by everyone.")

(defcustom inkling-max-bytes (* 2 1024 1024)
  "Larger buffers are left alone."
  :type 'integer)

(defcustom inkling-delay 0.03
  "Seconds without a key before a suggestion is asked for."
  :type 'number)

(defun inkling--matches-p (file globs)
  "Whether FILE matches one of GLOBS; letters' case does not count."
  (let ((parts (split-string file "/"))
        (case-fold-search t))
    (seq-some (lambda (glob)
                (string-match-p (wildcard-to-regexp glob)
                                (string-join (last parts (length (split-string glob "/"))) "/")))
              globs)))

(defun inkling-excluded-p (file)
  "Whether no session is begun for FILE, by its name."
  (and (not (inkling--matches-p file inkling--shown))
       (inkling--matches-p file inkling-exclude)))

(defun inkling-wanted-p (file &optional _mode)
  "Whether FILE gets suggestions."
  (and file
       (derived-mode-p 'prog-mode 'text-mode)
       (not (inkling-excluded-p file))
       (<= (buffer-size) inkling-max-bytes)))

(defun inkling-busy-p ()
  "Whether something else types: a macro or a snippet."
  (or defining-kbd-macro executing-kbd-macro
      (and (fboundp 'yas-active-snippets) (yas-active-snippets))))

(lsp-register-client
 (make-lsp-client :new-connection (lsp-stdio-connection (lambda () inkling-command))
                  :activation-fn #'inkling-wanted-p
                  :add-on? t
                  :server-id 'inkling))

(defvar-local inkling--timer nil "Asks when typing has paused.")

(defun inkling--changed (&rest _)
  "Asks soon for what may follow here."
  (when inkling--timer
    (cancel-timer inkling--timer))
  (setq inkling--timer (run-with-idle-timer inkling-delay nil #'lsp-inline-completion--maybe-display (current-buffer) (point))))

(defun inkling--mode ()
  "Follows `lsp-inline-completion-mode' in this buffer, in place of its own timers."
  (remove-hook 'lsp-on-change-hook #'lsp-inline-completion--after-change t)
  (if lsp-inline-completion-mode
      (add-hook 'after-change-functions #'inkling--changed t t) ; after lsp-mode's, which sends the change
    (remove-hook 'after-change-functions #'inkling--changed t)
    (when inkling--timer
      (cancel-timer inkling--timer))))

(add-hook 'lsp-inline-completion-mode-hook #'inkling--mode)
(add-to-list 'lsp-inline-completion-inhibit-predicates #'inkling-busy-p)
(define-key lsp-inline-completion-active-map (kbd "TAB") #'lsp-inline-completion-accept)
(put 'lsp-inline-completion-accept 'lsp-inline-completion-keep t)

(defun inkling-toggle ()
  "Suggestions off and on again, in this buffer."
  (interactive)
  (lsp-inline-completion-mode 'toggle))

(provide 'inkling)
;;; inkling.el ends here
