# What a package of ours, or of anybody else, is made with: rows, loops and kernels beside each other.
# docs/adding-a-package.md shows one.

# Integer arithmetic wraps around. No fused operations but those that are written: with them the
# compiler would round a vector, the rest of a row and a strided element each in its own way.
set(TH_MATH_FLAGS -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off)
set(TH_LOOP_FLAGS -fwrapv ${TH_MATH_FLAGS} -Wno-type-limits) # x < 0 is asked of unsigned types too
set(TH_LOOP_FLAGS_avx2 -mavx2 -mfma -mf16c)
set(TH_LOOP_FLAGS_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c
  -mprefer-vector-width=512)

# Compiles the map loops of a package (TH/loops/package.h) into a library, once per instruction set.
#   th_add_loops(TARGET NAME LIST)     name: TH_LOOP_NAME; list: TH_LOOP_LIST, found in the target's folders
function(th_add_loops target name list)
  set(loops ${TH_KIT_HEADERS}/loops)
  set(definitions TH_LOOP_NAME=${name} TH_LOOP_LIST="${list}")
  set(isas base)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT TH_PORTABLE)
    list(APPEND isas avx2 avx512)
    list(APPEND definitions TH_HAVE_AVX2 TH_HAVE_AVX512)
  endif()
  foreach(isa ${isas})
    set(objects ${target}_loops_${isa})
    add_library(${objects} OBJECT ${loops}/map.c)
    target_compile_options(${objects} PRIVATE ${TH_LOOP_FLAGS} ${TH_LOOP_FLAGS_${isa}})
    target_compile_definitions(${objects} PRIVATE TH_ISA=${isa} ${definitions})
    target_include_directories(${objects} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
    set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
  endforeach()
  add_library(${target}_loops OBJECT ${loops}/package.c)
  target_compile_definitions(${target}_loops PRIVATE ${definitions})
  target_include_directories(${target}_loops PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
  set_target_properties(${target}_loops PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_loops>)
endfunction()

# th_add_lua_module(TARGET NAME sources...): lib<name>.so, which require 'lib<name>' loads, on top of libtorch.so (bind.h).
function(th_add_lua_module target name)
  add_library(${target} MODULE ${ARGN})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} PREFIX lib C_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${TH_LUALIB_DIR} INSTALL_RPATH "${TH_LUALIB_RPATH}" BUILD_WITH_INSTALL_RPATH ON)
  target_include_directories(${target} PRIVATE ${LUAJIT_INCLUDE_DIRS})
  target_link_libraries(${target} PRIVATE TH::TH TH::torch TH::kit m)
  # lua_close unloads modules before it collects what finalizers have just made
  target_link_options(${target} PRIVATE -Wl,-z,nodelete)
  install(TARGETS ${target} LIBRARY DESTINATION lib/lua/5.1)
endfunction()

# th_add_package(NAME name             the Lua package: lib<name>.so is its C half
#   ROWS files...                      tables of kernels (kit/gen/optable.lua)
#   KERNELS files...                   their definitions in C
#   [PREFIX prefix]                    of the C functions; by default the name
#   [STATE type]                       of a first argument that Lua does not give
#   [TYPED]                            C functions for one element type, too
#   [LIBRARY target]                   the kernels in a library of their own, for C programs
#   [LOOPS list.h]                     the package's list of pointwise expressions
#   [MODULE files...])                 more C files of lib<name>.so
# Targets: <name>_lua, and the library. <prefix>Kernels.h is what is made of the rows.
function(th_add_package)
  cmake_parse_arguments(P TYPED "NAME;PREFIX;STATE;LIBRARY;LOOPS" "ROWS;KERNELS;MODULE" ${ARGN})
  if(NOT P_PREFIX)
    set(P_PREFIX ${P_NAME})
  endif()
  if(NOT P_STATE)
    set(P_STATE -)
  endif()
  set(typed -)
  if(P_TYPED)
    set(typed typed)
  endif()
  set(made ${CMAKE_CURRENT_BINARY_DIR}/made)
  file(MAKE_DIRECTORY ${made})
  set(kernels ${made}/${P_PREFIX}Kernels)
  list(TRANSFORM P_ROWS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]")
  set(gen ${TH_KIT_DIR}/gen)
  add_custom_command(OUTPUT ${kernels}.h ${kernels}.c ${kernels}_lua.c
    COMMAND ${LUAJIT_PROGRAM} ${gen}/kernels.lua ${P_NAME} ${P_PREFIX} ${P_STATE} ${typed} ${made} ${P_ROWS}
    DEPENDS ${gen}/kernels.lua ${gen}/optable.lua ${gen}/describe.lua ${P_ROWS} VERBATIM)

  set(sources ${P_KERNELS} ${kernels}.c)
  set(module ${P_NAME}_lua)
  th_add_lua_module(${module} ${P_NAME} ${TH_KIT_DIR}/module.c ${P_MODULE})
  set_property(TARGET ${module} APPEND PROPERTY OBJECT_DEPENDS ${kernels}_lua.c)
  if(P_LIBRARY)
    add_library(${P_LIBRARY} SHARED ${sources})
    target_link_libraries(${module} PRIVATE ${P_LIBRARY})
    set(owner ${P_LIBRARY})
  else()
    target_sources(${module} PRIVATE ${sources})
    set(owner ${module})
  endif()
  add_custom_target(${P_NAME}_made DEPENDS ${kernels}.h ${kernels}_lua.c)
  add_dependencies(${module} ${P_NAME}_made)
  add_dependencies(${owner} ${P_NAME}_made)
  target_include_directories(${owner} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}> $<BUILD_INTERFACE:${made}>)
  target_link_libraries(${owner} PUBLIC TH::TH PRIVATE TH::kit m)
  if(P_LOOPS)
    th_add_loops(${owner} ${P_NAME} ${P_LOOPS})
    foreach(loops ${owner}_loops ${owner}_loops_base)
      add_dependencies(${loops} ${P_NAME}_made)
    endforeach()
  endif()

  target_compile_definitions(${module} PRIVATE KIT_NAME=${P_NAME} KIT_HEADER="${P_PREFIX}Kernels.h"
    KIT_BINDINGS="${P_PREFIX}Kernels_lua.c")
  target_include_directories(${module} PRIVATE ${made})
endfunction()
