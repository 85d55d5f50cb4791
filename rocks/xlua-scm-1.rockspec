package = 'xlua'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Progress bars, options, and other helpers of scripts', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'sys >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build xlua',
   install_command = 'sh rocks/make install xlua "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
