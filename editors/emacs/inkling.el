;;; inkling.el --- Ghost text from an Inkling server, by lsp-mode -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "28.1") (lsp-mode "10.0.0"))

;;; Commentary:

;; `inkling lsp' beside the language's own server. lsp-mode shows the text; it is asked for when typing pauses for
;; `inkling-delay', and not only after `lsp-idle-delay', which holds for all that lsp-mode does with a change.
;; Nothing is asked for while a macro is recorded or played, or a snippet is filled in; excluded files have no session, nor
;; have large ones and binary ones, of which one message says so.

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

(defun inkling--bytes ()
  "Bytes of the buffer's text, whatever it is narrowed to."
  (1- (position-bytes (1+ (buffer-size)))))

(defun inkling--nul-p (begin end)
  "Whether a NUL is between BEGIN and END, as only binary files have it."
  (save-excursion
    (save-match-data
      (goto-char begin)
      (and (search-forward "\0" end t) t))))

(defun inkling--why-not (begin end)
  "Why the buffer gets no suggestions, whatever its name; nil where it does.
Of its text only what is between BEGIN and END is read."
  (cond ((> (inkling--bytes) inkling-max-bytes)
         (format "it has %d bytes, more than inkling-max-bytes" (inkling--bytes)))
        ((inkling--nul-p begin end) "it is binary")))

(defvar inkling--on t "Whether suggestions are on.")

(defvar-local inkling--waiting nil "Whether this buffer has a session again when suggestions are on again.")

(defvar-local inkling--told nil "Whether people were told that this buffer is left alone.")

(defun inkling--tell (why)
  "Says once that the buffer gets no suggestions, and WHY."
  (unless inkling--told
    (setq inkling--told t)
    (message "inkling: no suggestions in %s: %s" (buffer-name) why)))

(defun inkling-wanted-p (file &optional _mode)
  "Whether FILE gets suggestions.
Where it gets none for its size or contents, a message says so; where they are off, it is remembered."
  (and file
       (derived-mode-p 'prog-mode 'text-mode)
       (not (inkling-excluded-p file))
       (let ((why (save-restriction (widen) (inkling--why-not (point-min) (point-max)))))
         (cond (why (inkling--tell why) nil)
               (inkling--on t)
               (t (setq inkling--waiting t) nil)))))

(defun inkling--workspace ()
  "The session that has the buffer, nil where there is none."
  (seq-find (lambda (w) (eq (lsp--workspace-server-id w) 'inkling)) lsp--buffer-workspaces))

(defun inkling--leave (workspace)
  "Takes the buffer out of the session of WORKSPACE: the server forgets it.
Other servers keep it."
  (with-lsp-workspace workspace
    (lsp--text-document-did-close t))
  (setq lsp--buffer-workspaces (delq workspace lsp--buffer-workspaces))
  (when (and lsp-inline-completion-mode (not (lsp-feature? "textDocument/inlineCompletion")))
    (lsp-inline-completion-mode -1)))

(defun inkling--grown (begin end _length)
  "Leaves a buffer alone that has become too large or binary.
What is new in it stands between BEGIN and END."
  (when-let* ((workspace (inkling--workspace))
              (why (inkling--why-not begin end)))
    (inkling--leave workspace)
    (inkling--tell why)))

(defun inkling--managed ()
  "Looks at changes of the buffer before lsp-mode sends them."
  (if lsp-managed-mode
      (add-hook 'after-change-functions #'inkling--grown -90 t)
    (remove-hook 'after-change-functions #'inkling--grown t)))

(add-hook 'lsp-managed-mode-hook #'inkling--managed)

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

(defun inkling--join ()
  "Puts the buffer into a session. Other servers that have it are not told."
  (if (null lsp--buffer-workspaces)
      (lsp)
    (when-let* ((session (lsp-session))
                (root (lsp--calculate-root session buffer-file-name)))
      (setq lsp--buffer-workspaces
            (seq-uniq (append lsp--buffer-workspaces
                              (lsp--ensure-lsp-servers session (list (gethash 'inkling lsp-clients)) (lsp-f-canonical root) nil))
                      #'eq))))
  (when lsp-inline-completion-enable
    (lsp-inline-completion-mode 1)))

(defun inkling--toggled ()
  "Takes the buffer out of its session or puts it into one, as suggestions are off or on now."
  (let ((workspace (inkling--workspace)))
    (cond ((and workspace (not inkling--on))
           (inkling--leave workspace)
           (setq inkling--waiting t))
          ((and inkling--waiting inkling--on)
           (setq inkling--waiting nil)
           (when (and (not workspace) (inkling-wanted-p buffer-file-name))
             (inkling--join))))))

(defun inkling-toggle ()
  "Suggestions off and on again, in all buffers. Off, nothing is sent: the server forgets the documents."
  (interactive)
  (setq inkling--on (not inkling--on))
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (inkling--toggled)))
  (message "inkling: %s" (if inkling--on "on" "off")))

(provide 'inkling)
;;; inkling.el ends here
