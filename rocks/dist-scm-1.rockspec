package = 'dist'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Tensors and training across processes, by MPI', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0', 'nn >= 1.0', 'optim >= 1.0', 'data >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build dist',
   install_command = 'sh rocks/make install dist "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
