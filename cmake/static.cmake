# TH_STATIC: libTH.a, libTHNN.a and libTHONNX.a, for C programs that bring their tensors with them: cc program.c libTHONNX.a
# libTHNN.a libTH.a -lm -lpthread. Made of the objects of the shared libraries; the target th_static makes all. With TH_BLAS=own
# nothing else is needed; a BLAS is loaded at the first product otherwise, by the name libTHblas.so.
option(TH_STATIC "libTH.a, libTHNN.a and libTHONNX.a, too" OFF)
if(TH_STATIC)
  add_custom_target(th_static ALL)
  foreach(name TH THNN THONNX)
    get_target_property(objects ${name} SOURCES)
    list(FILTER objects INCLUDE REGEX TARGET_OBJECTS) # loops, compiled once per instruction set
    add_library(${name}_static STATIC $<TARGET_OBJECTS:${name}> ${objects})
    set_target_properties(${name}_static PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE C ARCHIVE_OUTPUT_DIRECTORY ${TH_LIB_DIR})
    add_dependencies(th_static ${name}_static)
    install(TARGETS ${name}_static ARCHIVE DESTINATION ${TH_LIBRARY_FOLDER} COMPONENT torch-dev)
  endforeach()
  target_link_libraries(THONNX_static INTERFACE THNN_static)
  target_link_libraries(THNN_static INTERFACE TH_static)
  target_link_libraries(TH_static INTERFACE Threads::Threads m ${CMAKE_DL_LIBS})
endif()
