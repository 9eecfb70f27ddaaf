;;; work.el --- buffers, tables, JSON and Org on a text -*- lexical-binding: t -*-
;;; Code:
(require 'json)
(require 'org)
(require 'ox-html)

(defun work-counts (file)
  "Count the words of FILE, most frequent first."
  (let ((table (make-hash-table :test 'equal)) result)
    (with-temp-buffer
      (insert-file-contents file nil 0 2000000)
      (while (re-search-forward "[a-z]+" nil t)
        (let ((word (match-string 0)))
          (puthash word (1+ (gethash word table 0)) table))))
    (maphash (lambda (word n) (push (cons word n) result)) table)
    (sort result (lambda (a b) (or (> (cdr a) (cdr b)) (and (= (cdr a) (cdr b)) (string< (car a) (car b))))))))

(defun work-edit (file)
  "Swap, delete and undo in a buffer with the start of FILE; its checksum."
  (with-temp-buffer
    (buffer-enable-undo)
    (insert-file-contents file nil 0 400000)
    (goto-char (point-min))
    (while (re-search-forward "\\([a-z]+\\) \\([a-z]+\\)" nil t)
      (replace-match (concat (upcase (match-string 2)) "-" (match-string 1)) t t))
    (undo-boundary)
    (sort-lines nil (point-min) (point-max))
    (primitive-undo 1 buffer-undo-list)
    (put-text-property 1 (point-max) 'face 'bold)
    (md5 (buffer-string))))

(defun work (file)
  "Run everything on FILE and print what came out."
  (let ((counts (work-counts file)))
    (princ (format "%S\n" (seq-take counts 12)))
    (princ (format "edit %s\n" (work-edit file)))
    (dotimes (_ 5)
      (make-list 200000 'x)
      (garbage-collect))
    (let ((text (json-encode (seq-take counts 3000))))
      (princ (format "json %d %s\n" (length (json-read-from-string text)) (md5 text)))))
  (with-temp-buffer
    (dotimes (i 60)
      (insert (format "* Heading %d\n** Below\nSome *bold* text with a table\n| a | %d |\n|---+---|\n| b | c |\n" i i)))
    (org-mode)
    (princ (format "org %s\n" (replace-regexp-in-string "org[0-9a-f]\\{7\\}" "ID" (org-export-as 'html nil nil t))))))

(provide 'work)
;;; work.el ends here
