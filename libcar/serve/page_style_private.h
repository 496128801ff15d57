/*
 * page_style: the style and the script of all pages.
 */
#ifndef LIBCAR_SERVE_PAGE_STYLE_PRIVATE_H
#define LIBCAR_SERVE_PAGE_STYLE_PRIVATE_H

extern const char page_style[], page_script[];

#endif
