<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text"/>
  <xsl:key name="product" match="sale" use="product"/>
  <xsl:template match="/sales">
    <xsl:for-each select="sale[generate-id() = generate-id(key('product', product)[1])]">
      <xsl:sort select="sum(key('product', product)/n)" data-type="number" order="descending"/>
      <xsl:sort select="product"/>
      <xsl:if test="position() &lt;= 15">
        <xsl:call-template name="line"/>
      </xsl:if>
    </xsl:for-each>
  </xsl:template>
  <xsl:template name="line">
    <xsl:value-of select="concat(translate(product, 'aeiou', 'AEIOU'), ' ', count(key('product', product)), ' ',
      sum(key('product', product)/n), '&#10;')"/>
  </xsl:template>
</xsl:stylesheet>
