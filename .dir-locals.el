((nil . ((fill-column . 80) (indent-tabs-mode . nil)))
 (c-mode . ((c-file-style . "gnu")))
 (scheme-mode . ((eval . (put 'define-record-type* 'scheme-indent-function 1))
                 (eval . (put 'call-with-error-handling 'scheme-indent-function 0)))))
